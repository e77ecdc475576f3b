import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { byItself } from './automatic.ts';
import { berthApi } from './client.ts';
import { keys } from './keys.ts';
import { domainEvents, type StreamEvent, type StreamNews } from './live-stream.ts';
import { hereMs, LiveWindows, type WindowSays } from './live-windows.ts';
import type { DomainEvent, LoginEvent } from './types.ts';

type DomainEventName = (typeof domainEvents)[number];
interface LiveEvents extends Record<DomainEventName, DomainEvent> {
  'login.token': LoginEvent;
}
export type LiveEventName = keyof LiveEvents;

type Listener = (data: never) => void;

export interface LiveOptions {
  queryClient: QueryClient;
  /** Who this window takes to be signed in. */
  userId: number | null;
  /** Called when the server says that somebody else is, or nobody any more: in another window, or by time. */
  onOtherUser: () => void;
}

const settleMs = 500;

let otherUserTimer: ReturnType<typeof setTimeout> | undefined;
let port: MessagePort | null = null;
let options: LiveOptions | null = null;
let silentSince: number | null = null;
const listeners = new Map<LiveEventName, Set<Listener>>();
const silenceListeners = new Set<() => void>();

/** Joins the browser's one event stream, or says anew who is signed in now. */
export function connectLive(given: LiveOptions): void {
  options = given;
  if (!port) {
    port = join();
    port.addEventListener('message', (event: MessageEvent<StreamNews>) => hear(event.data));
    port.start();
    document.addEventListener('visibilitychange', sayHere);
    // A page that is kept for going back is not gone for good: it says that it is there when it is shown again.
    addEventListener('pagehide', () => say({ kind: 'gone' }));
    addEventListener('pageshow', (event) => event.persisted && sayHere());
    setInterval(sayHere, hereMs);
  }
  sayHere();
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

/** The shared worker's port; where a browser has none, a stream of this window's own behind the same messages. */
function join(): MessagePort {
  if ('SharedWorker' in globalThis)
    return new SharedWorker(new URL('./live-worker.ts', import.meta.url), { type: 'module', name: 'live' })
      .port;
  const channel = new MessageChannel();
  new LiveWindows(`${berthApi}/events`).add(channel.port1);
  return channel.port2;
}

function say(message: WindowSays): void {
  port?.postMessage(message);
}

function sayHere(): void {
  say({ kind: 'here', userId: options?.userId ?? null, hidden: document.hidden });
}

function hear(news: StreamNews): void {
  if (news.kind === 'silent') return setSilent(news.since);
  if (news.kind === 'open') {
    setSilent(null);
    // What happened while nobody listened is unknown, so what is shown is asked for again.
    if (news.after) renew();
    return compareUser(news.userId);
  }
  hearEvent(news.name, news.data);
}

/** Signing in and out in this very window overtakes what the stream says of before: only what lasts counts. */
function compareUser(userId: number | null): void {
  clearTimeout(otherUserTimer);
  otherUserTimer = setTimeout(() => {
    if (options && options.userId !== userId) options.onOtherUser();
  }, settleMs);
}

function hearEvent(name: StreamEvent, text: string): void {
  // So much was missed, or it means so much, that what is shown is asked for again.
  if (name === 'reload' || name === 'configuration.changed') return renew();
  if (name === 'login.token') return emit(name, JSON.parse(text) as LoginEvent);
  const data = JSON.parse(text) as DomainEvent;
  invalidate(name, data);
  emit(name, data);
}

function emit<N extends LiveEventName>(name: N, data: LiveEvents[N]): void {
  for (const listener of listeners.get(name) ?? []) (listener as (data: LiveEvents[N]) => void)(data);
}

function setSilent(since: number | null): void {
  if (silentSince === since) return;
  silentSince = since;
  for (const notify of silenceListeners) notify();
}

function renew(): void {
  byItself(() => void options?.queryClient.invalidateQueries());
}

function invalidate(name: DomainEventName, data: DomainEvent): void {
  const drop = (queryKey: readonly unknown[]): void =>
    byItself(() => void options?.queryClient.invalidateQueries({ queryKey }));
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
