import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { berthApi } from './client.ts';
import { keys } from './keys.ts';
import type { DomainEvent, LoginEvent } from './types.ts';

const domainEvents = [
  'artifact.pushed',
  'artifact.deleted',
  'tag.created',
  'tag.deleted',
  'repository.created',
  'repository.deleted',
  'project.created',
  'project.updated',
  'project.deleted',
  'member.changed',
] as const;

interface LiveEvents extends Record<(typeof domainEvents)[number], DomainEvent> {
  'login.token': LoginEvent;
}
export type LiveEventName = keyof LiveEvents;

type Listener = (data: never) => void;

/** A browser tab out of sight gives its connection back: a browser allows six to one server. */
const hiddenGraceMs = 60_000;

let source: EventSource | null = null;
let client: QueryClient | null = null;
let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
let silentSince: number | null = null;
const listeners = new Map<LiveEventName, Set<Listener>>();
const silenceListeners = new Set<() => void>();

/** Opens the page's one event stream, or opens it anew as whoever is signed in now. */
export function connectLive(queryClient: QueryClient): void {
  if (!client) document.addEventListener('visibilitychange', onVisibility);
  client = queryClient;
  open();
}

/** Calls `listener` for each event of that name while the component is shown. */
export function useLiveEvent<N extends LiveEventName>(
  name: N,
  listener: (data: LiveEvents[N]) => void,
): void {
  useEffect(() => {
    const set = listeners.get(name) ?? new Set();
    listeners.set(name, set);
    set.add(listener);
    return () => void set.delete(listener);
  }, [name, listener]);
}

/** Since when the server has not answered, in milliseconds since 1970; null while it does. */
export function useSilentSince(): number | null {
  return useSyncExternalStore(
    (notify) => {
      silenceListeners.add(notify);
      return () => silenceListeners.delete(notify);
    },
    () => silentSince,
  );
}

function open(): void {
  source?.close();
  const opened = new EventSource(`${berthApi}/events`);
  source = opened;
  opened.addEventListener('open', () => {
    // What happened while nobody listened is unknown, so what is shown is asked for again.
    if (silentSince !== null) void client?.invalidateQueries();
    setSilent(null);
  });
  opened.addEventListener('error', () => {
    if (silentSince === null) setSilent(Date.now());
    // A refused stream is closed for good by the browser; a lost one reconnects by itself.
    if (opened.readyState === EventSource.CLOSED) setTimeout(() => source === opened && open(), 5_000);
  });
  for (const name of domainEvents) {
    opened.addEventListener(name, (event: MessageEvent<string>) => {
      const data = JSON.parse(event.data) as DomainEvent;
      invalidate(name, data);
      emit(name, data);
    });
  }
  // So much was missed that it is not told one by one.
  opened.addEventListener('reload', () => void client?.invalidateQueries());
  opened.addEventListener('login.token', (event: MessageEvent<string>) =>
    emit('login.token', JSON.parse(event.data) as LoginEvent),
  );
}

function onVisibility(): void {
  clearTimeout(hiddenTimer);
  if (document.hidden) {
    hiddenTimer = setTimeout(() => {
      source?.close();
      source = null;
    }, hiddenGraceMs);
  } else if (!source) {
    open();
    void client?.invalidateQueries();
  }
}

function emit<N extends LiveEventName>(name: N, data: LiveEvents[N]): void {
  for (const listener of listeners.get(name) ?? []) (listener as (data: LiveEvents[N]) => void)(data);
}

function setSilent(since: number | null): void {
  silentSince = since;
  for (const notify of silenceListeners) notify();
}

function invalidate(name: (typeof domainEvents)[number], data: DomainEvent): void {
  const drop = (queryKey: readonly unknown[]): void => void client?.invalidateQueries({ queryKey });
  drop(keys.audit);
  if (name.startsWith('project.') || name.startsWith('repository.') || name === 'member.changed') {
    drop(keys.projects);
  }
  if (name === 'member.changed') drop(keys.permissions(data.project_id));
  if (data.repository_name === undefined || name.startsWith('repository.')) {
    drop(keys.project(data.project_name));
  } else {
    drop(keys.repositories(data.project_name));
    drop(keys.repository(data.project_name, data.repository_name));
  }
}
