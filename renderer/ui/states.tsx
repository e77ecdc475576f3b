import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { bootQuery } from '../api/session.ts';
import { localInstance } from '../instance/local.ts';
import { CopyButton } from './copy-button.tsx';

/** One sentence and what to do about it. */
export function EmptyState({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="b-empty">
      <p>{text}</p>
      {children}
    </div>
  );
}

/** Words for why a call failed. */
export function useCause(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error instanceof ApiError && error.status === 0) return t('state.unreachable');
    return error instanceof Error ? error.message : String(error);
  };
}

export interface FailedStateProps {
  /** What could not be loaded. */
  what: string;
  error: unknown;
  onRetry: () => void;
}

/** What failed, why, the request id to report, and Retry. The rest of the page lives on. */
export function FailedState({ what, error, onRetry }: FailedStateProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="b-failed" role="alert">
      <strong>{t('state.failed', { what })}</strong>
      <p>{t('state.failedCause', { cause: cause(error) })}</p>
      {requestId !== null && (
        <p className="b-request-id">
          {t('state.requestId')} <code>{requestId}</code>
          <CopyButton value={requestId} what="what.requestId" />
        </p>
      )}
      <Button onClick={onRetry}>{t('action.retry')}</Button>
    </div>
  );
}

/** One page for what is not there and for what the caller may not know of. */
export function NotFound() {
  const { t } = useTranslation();
  const boot = useQuery(bootQuery);
  return (
    <div className="b-whole-page">
      <h1>{t('state.notFound')}</h1>
      <p>{t('state.notFoundHelp')}</p>
      {boot.data?.user === null && (
        <Button
          variant="filled"
          renderRoot={(props) => (
            <Link {...props} to="/login" search={{ to: location.pathname + location.search }} />
          )}
        >
          {t('app.signIn')}
        </Button>
      )}
      <Button
        renderRoot={(props) => (
          <Link {...props} to="/i/$instance/projects" params={{ instance: localInstance }} />
        )}
      >
        {t('state.toProjects')}
      </Button>
    </div>
  );
}

/** Inside a project one may read: which role is needed, and who gives it. */
export function Forbidden({ role, who }: { role: string; who: string }) {
  const { t } = useTranslation();
  return (
    <EmptyState text={t('state.forbidden')}>
      <p>{t('state.forbiddenHelp', { role, who })}</p>
    </EmptyState>
  );
}

/** Whether to show the missing: a call answered 403 or 404, or the caller is not signed in (401). */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status);
}

const patienceMs = 150;

/** True once something has been loading for longer than 150 ms; before, showing nothing is calmer. */
export function usePatience(loading: boolean): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!loading) return;
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [loading]);
  return loading && late;
}

/** Grey rows of true height while a table loads. */
export function SkeletonRows({ rows = 8 }: { rows?: number }) {
  const { t } = useTranslation();
  const late = usePatience(true);
  if (!late) return <div className="b-skeleton-room" />;
  return (
    <div role="status" aria-label={t('app.loading')}>
      <div className="b-skeleton-head" />
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="b-skeleton-row">
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
