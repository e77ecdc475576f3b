import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { NotFound, useCause } from '../ui/states.tsx';
import { BrandBar } from './brand.tsx';
import { PageCodeError, PageNotLoaded } from './page-code.tsx';

/** Shown when a page cannot be shown at all: the server is silent, or the page has a fault. */
export function Crashed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const cause = useCause();
  if (error instanceof PageCodeError) return <PageNotLoaded error={error} />;
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  return (
    <main className="b-whole-page">
      <h1>{error instanceof ApiError ? t('state.failed', { what: t('app.name') }) : t('state.crashed')}</h1>
      <p>{error instanceof ApiError ? cause(error) : t('state.crashedHelp')}</p>
      {!(error instanceof ApiError) && <pre>{cause(error)}</pre>}
      <Button onClick={() => location.reload()}>{t('state.reload')}</Button>
    </main>
  );
}

/** An address outside of any instance that leads nowhere. */
export function NowhereFound() {
  return (
    <>
      <BrandBar />
      <main className="b-nowhere">
        <NotFound />
      </main>
    </>
  );
}
