import { useSyncExternalStore } from 'react';

/** What opens in front of any page. One at a time: no modal over modal. */
export type Panel = 'palette' | 'activity' | 'keys';

let shown: Panel | null = null;
const watchers = new Set<() => void>();

/** Shows a panel instead of the one that is open; null closes it. */
export function showPanel(panel: Panel | null): void {
  shown = panel;
  for (const watcher of watchers) watcher();
}

export function openPanel(): Panel | null {
  return shown;
}

/** The panel that is open. */
export function usePanel(): Panel | null {
  return useSyncExternalStore((notify) => {
    watchers.add(notify);
    return () => watchers.delete(notify);
  }, openPanel);
}
