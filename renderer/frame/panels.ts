import { useSyncExternalStore } from 'react';

/** What opens in front of any page. One at a time: no modal over modal. */
export type Panel = 'palette' | 'activity' | 'keys';

let shown: Panel | null = null;
let opener: Element | null = null;
const watchers = new Set<() => void>();

/** Shows a panel instead of the one that is open; null closes it. */
export function showPanel(panel: Panel | null): void {
  if (shown === null) opener = document.activeElement;
  shown = panel;
  for (const watcher of watchers) watcher();
  if (panel === null) giveFocusBack();
}

/** The focus goes back to what had it, unless the page has put it somewhere meanwhile. */
function giveFocusBack(): void {
  const target = opener;
  opener = null;
  requestAnimationFrame(() => {
    const isFree = document.activeElement === null || document.activeElement === document.body;
    if (isFree && shown === null && target instanceof HTMLElement && target.isConnected) target.focus();
  });
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

let typedAhead = '';

/** Keeps what is typed while the code of the palette is still on its way. */
export function typeAhead(text: string): void {
  typedAhead = text;
}

/** What was typed meanwhile, once. */
export function takeTypedAhead(): string {
  const text = typedAhead;
  typedAhead = '';
  return text;
}
