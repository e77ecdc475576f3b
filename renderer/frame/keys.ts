import { useRouter } from '@tanstack/react-router';
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { isCovered, isTyping, letterKeysOn } from '../ui/letter-keys.ts';
import { usePlaces } from './navigation.tsx';
import { openPanel, type Panel, showPanel } from './panels.ts';

const sequenceMs = 1200;

/** Keys of every page, as `key-map.ts` lists them. Those of one letter never while one types or in a dialog. */
export function usePageKeys(toggleNavigation: () => void): void {
  const router = useRouter();
  const places = useLatest(usePlaces());
  useEffect(() => {
    let wentAt = 0;
    const onLetter = (event: KeyboardEvent): void => {
      const afterG = event.timeStamp - wentAt < sequenceMs;
      wentAt = 0;
      const place = places.current.find(({ letter }) => afterG && letter === event.key);
      if (place) void router.navigate(place.link);
      else if (event.key === '/') focusFilter(event);
      else if (event.key === '[') toggleNavigation();
      else if (event.key === 'g') wentAt = event.timeStamp;
      else if (event.key === '?') showPanel('keys');
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey || event.isComposing) return;
      if (event.ctrlKey || event.metaKey) onShortcut(event);
      else if (letterKeysOn() && !isTyping(event.target)) onLetter(event);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [router, toggleNavigation, places]);
}

function onShortcut(event: KeyboardEvent): void {
  const key = event.key.toLowerCase();
  if (key === 'k') toggle(event, 'palette');
  else if (key === '.') toggle(event, 'activity');
  else if (key === 's') press(event, '[data-page-save]');
  else if (key === 'enter') press(event, '[role=dialog] .b-dialog-footer [data-variant=filled]');
}

function toggle(event: KeyboardEvent, panel: Panel): void {
  event.preventDefault();
  if (openPanel() === panel) showPanel(null);
  else if (openPanel() !== null || !isCovered()) showPanel(panel);
}

/** The value as it was last shown, for a listener that outlives it. */
function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}

/** Presses a button, if the page has it; the browser's own use of the key (saving the page) is never meant. */
function press(event: KeyboardEvent, selector: string): void {
  const button = document.querySelector<HTMLButtonElement>(selector);
  if (button || event.key !== 'Enter') event.preventDefault();
  button?.click();
}

function focusFilter(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[data-page-filter]');
  if (!field) return;
  event.preventDefault();
  field.select();
  field.focus();
}
