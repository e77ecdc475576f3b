import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { localInstance } from '../instance/local.ts';

const sequenceMs = 1200;

/** Keys of every page: `/` filter, `g p` projects, `[` navigation. Never while one types or in a dialog. */
export function usePageKeys(toggleNavigation: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let wentAt = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const afterG = event.timeStamp - wentAt < sequenceMs;
      wentAt = 0;
      if (event.key === '/') focusFilter(event);
      else if (event.key === '[') toggleNavigation();
      else if (event.key === 'g') wentAt = event.timeStamp;
      else if (event.key === 'p' && afterG) {
        void navigate({ to: '/i/$instance/projects', params: { instance: localInstance } });
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [navigate, toggleNavigation]);
}

function isTyping(target: EventTarget | null): boolean {
  if (document.querySelector('[role=dialog],[role=menu]')) return true;
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable=true]') !== null
  );
}

function focusFilter(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('input[data-page-filter]');
  if (!field) return;
  event.preventDefault();
  field.select();
  field.focus();
}
