import { type AnyRouter, useRouter } from '@tanstack/react-router';
import { type ComponentType, createElement, type ReactNode, Suspense, use } from 'react';
import { useTranslation } from 'react-i18next';
import { berthApi, call } from '../api/client.ts';
import { ApiError } from '../api/errors.ts';
import { FailedState, SkeletonRows } from '../ui/states.tsx';

/** The code of a page could not be loaded. `again` lets it be tried once more. */
export class PageCodeError extends Error {
  readonly again: () => void;

  constructor(again: () => void, cause: unknown) {
    super('the code of the page could not be loaded', { cause });
    this.name = 'PageCodeError';
    this.again = again;
  }
}

export type PageComponent = (() => ReactNode) & {
  /** Loads the code ahead of time; never rejects, the page itself says what is wrong. */
  preload: () => Promise<void>;
};

const ahead: (() => Promise<void>)[] = [];

/** Loads all code that is still missing, so that a server that is gone later takes nothing with it. Never rejects. */
export async function loadAllCode(): Promise<void> {
  for (const load of ahead) await load();
}

/** One loading for all who ask; a failed one may be tried again. */
function loadOnce<T>(load: () => Promise<T>): { start: () => Promise<T>; preload: () => Promise<void> } {
  let loading: Promise<T> | undefined;
  const start = (): Promise<T> => {
    loading ??= load().catch((cause: unknown) => {
      throw new PageCodeError(() => (loading = undefined), cause);
    });
    return loading;
  };
  const preload = (): Promise<void> =>
    start().then(
      () => undefined,
      // Whoever comes to it tries again.
      () => void (loading = undefined),
    );
  ahead.push(preload);
  return { start, preload };
}

/** A part of a page, such as a dialog, whose code is loaded when it is first shown; until then nothing is. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => ReactNode {
  const { start } = loadOnce(load);
  const Loaded = (props: P): ReactNode => createElement(use(start()), props);
  return (props) => (
    <Suspense fallback={null}>
      <Loaded {...props} />
    </Suspense>
  );
}

/**
 * A page whose code is loaded when it is first shown, or before by `preload`. What the module exports is not looked at by
 * the compiler here: pages know the router, and the router knows them.
 */
export function lazyPage<T extends object>(load: () => Promise<T>, name: keyof T): PageComponent {
  const { start, preload } = loadOnce(async () => (await load())[name] as ComponentType);
  const Loaded = (): ReactNode => createElement(use(start()));
  const page = (): ReactNode => (
    <Suspense fallback={<SkeletonRows />}>
      <Loaded />
    </Suspense>
  );
  return Object.assign(page, { preload });
}

const silence = new ApiError({ status: 0, code: 'UNREACHABLE', message: '', requestId: null });
let failedAgain = false;

/** Stands where the page would: the bars around it stay, and Retry loads its code once the server is back. */
export function PageNotLoaded({ error }: { error: PageCodeError }): ReactNode {
  const { t } = useTranslation();
  const router: AnyRouter = useRouter<AnyRouter>();
  const retry = async (): Promise<void> => {
    try {
      await call(`${berthApi}/boot`);
    } catch {
      return;
    }
    // The server answers and has no such file: it is a newer one, whose page is another.
    if (failedAgain) return location.reload();
    failedAgain = true;
    error.again();
    await router.invalidate();
  };
  return <FailedState what={t('app.thisPage')} error={silence} onRetry={() => void retry()} />;
}
