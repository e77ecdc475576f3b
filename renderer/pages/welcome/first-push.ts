import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { newestArtifact } from '../../api/artifacts.ts';
import { callPage } from '../../api/client.ts';
import { useLiveEvent } from '../../api/live.ts';
import { nameInProject, repositoriesPath } from '../../api/repositories.ts';
import { bootQuery, useBoot } from '../../api/session.ts';
import type { DomainEvent, LoginEvent, Repository } from '../../api/types.ts';

export interface FirstPush {
  project: string;
  repo: string;
  digest: string;
  tag: string | undefined;
  time: string;
  /** Milliseconds from the opening of the guide to the push; unknown when it was not watched. */
  afterMs: number | undefined;
}

/** The first push as it lands, and the client sign-in seen last before it. */
export function useFirstPush(project: string | undefined): {
  push: FirstPush | null;
  signIn: LoginEvent | null;
} {
  const queryClient = useQueryClient();
  const boot = useBoot();
  const [openedAt] = useState(() => Date.now());
  const [push, setPush] = useState<FirstPush | null>(null);
  const [signIn, setSignIn] = useState<LoginEvent | null>(null);
  useLiveEvent(
    'artifact.pushed',
    useCallback(
      (event: DomainEvent) => {
        const seen = readPush(event, openedAt);
        // The first is the one that counts; an image's parts may arrive before its tag.
        if (seen) setPush((known) => (known && (known.tag || !seen.tag) ? known : seen));
        void queryClient.invalidateQueries(bootQuery);
      },
      [queryClient, openedAt],
    ),
  );
  useLiveEvent('login.token', setSignIn);
  const pending = boot.first_run.pending;
  useEffect(() => {
    // Pushed while this page was not listening: asleep, or opened again afterwards.
    if (pending || push || project === undefined) return;
    let stale = false;
    void findPush(project)
      .then((found) => !stale && found && setPush((known) => known ?? found))
      .catch(() => undefined);
    return () => void (stale = true);
  }, [pending, push, project]);
  return { push, signIn };
}

function readPush(event: DomainEvent, openedAt: number): FirstPush | null {
  if (event.repository_name === undefined || event.digest === undefined) return null;
  const time = event.time ?? new Date().toISOString();
  return {
    project: event.project_name,
    repo: event.repository_name,
    digest: event.digest,
    tag: event.tags?.[0],
    time,
    afterMs: Date.now() - openedAt,
  };
}

async function findPush(project: string): Promise<FirstPush | null> {
  const { items } = await callPage<Repository>(repositoriesPath(project), {
    query: { page: 1, page_size: 1, sort: '-update_time' },
  });
  const repository = items[0];
  if (!repository) return null;
  const repo = nameInProject(repository);
  const artifact = await newestArtifact(project, repo);
  if (!artifact) return null;
  return {
    project,
    repo,
    digest: artifact.digest,
    tag: artifact.tags?.[0]?.name,
    time: artifact.push_time ?? '',
    afterMs: undefined,
  };
}
