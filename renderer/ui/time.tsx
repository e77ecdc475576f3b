import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { formatAgo, formatExact, isNever } from './format.ts';

const tickMs = 20_000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const watchers = new Set<() => void>();

function watch(notify: () => void): () => void {
  watchers.add(notify);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const watcher of watchers) watcher();
  }, tickMs);
  return () => {
    watchers.delete(notify);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in milliseconds since 1970, renewed every 20 seconds, the same for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => {
    // Nobody ticked while nothing watched, so the first look brings it up to date.
    if (timer === undefined) now = Date.now();
    return now;
  });
}

/** How long ago something was, in words. */
export function useAgo(time: string | undefined): string {
  const { t, i18n } = useTranslation();
  return formatAgo(time, { now: useNow(), t, language: i18n.language });
}

/** "4 min ago", with the exact local and UTC time as its tooltip. */
export function Ago({ time }: { time: string | undefined }) {
  const { i18n } = useTranslation();
  const ago = useAgo(time);
  if (time === undefined || isNever(time)) return <span className="b-dim">{ago}</span>;
  return (
    <Tooltip label={<span className="b-pre">{formatExact(time, i18n.language)}</span>}>
      <time dateTime={time}>{ago}</time>
    </Tooltip>
  );
}
