import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { FailedState, usePatience } from './states.tsx';

export interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** What is loaded, for the message when it cannot be. */
  what: string;
  children: (data: T) => ReactNode;
}

/** What depends on one answer of the server: grey lines while it comes, the cause and Retry when it fails. */
export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return <FailedState what={what} error={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Waiting />;
}

function Waiting() {
  const { t } = useTranslation();
  const late = usePatience(true);
  return (
    <div className="b-waiting" aria-busy role="status" aria-label={t('app.loading')}>
      {late && Array.from({ length: 5 }, (_, row) => <span key={row} />)}
    </div>
  );
}
