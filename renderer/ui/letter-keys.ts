import { useSyncExternalStore } from 'react';

// WCAG 2.1.4: who speaks to the machine, or whose hand trembles, can switch keys of a single letter off.
const storageKey = 'berth-letter-keys';
const watchers = new Set<() => void>();

/** Whether keys without Ctrl (`/`, `g p`, `j`, `x`, `?`, ...) do anything. Kept in this browser; on unless switched off. */
export function letterKeysOn(): boolean {
  return localStorage.getItem(storageKey) !== 'off';
}

/** Switches those keys, in every open part of this window at once. */
export function setLetterKeys(on: boolean): void {
  localStorage.setItem(storageKey, on ? 'on' : 'off');
  for (const watcher of watchers) watcher();
}

/** The same for what is shown: follows the switch. */
export function useLetterKeys(): boolean {
  return useSyncExternalStore((notify) => {
    watchers.add(notify);
    return () => watchers.delete(notify);
  }, letterKeysOn);
}

/** Whether a dialog, drawer or menu is open, to which all keys belong. */
export function isCovered(): boolean {
  return document.querySelector('[role=dialog],[role=menu]') !== null;
}

/** Whether a key without Ctrl belongs to what has the focus: a field, or something open in front of the page. */
export function isTyping(target: EventTarget | null): boolean {
  if (isCovered()) return true;
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable=true]') !== null
  );
}
