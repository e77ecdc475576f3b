import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { writeClipboard } from './copy-button.tsx';
import { isTyping, letterKeysOn } from './letter-keys.ts';
import type { RowSelection } from './table-selection.ts';

/** What the keys of a row do beyond moving and opening. */
export interface RowKeys<T> {
  /** `c`: what goes to the clipboard of a row. */
  copyOf?: (row: T) => string;
  /** Said once it is there. */
  onCopied?: (text: string) => void;
  /** Del: asks about these; the selected rows, or else the one with the focus. */
  onDelete?: (row: T) => void;
}

export interface TableKeys<T> {
  root: RefObject<HTMLElement | null>;
  rows: readonly T[];
  selection: RowSelection | undefined;
  keys: RowKeys<T> | undefined;
  scrollTo: (index: number) => void;
}

/**
 * Moves the focus from row to row: `j` and `k` from anywhere on the page, the arrows once it is in the table. In a row,
 * `x` selects, Shift makes a range of it, `c` copies and Del deletes; Enter opens what the focus is on, as everywhere.
 * Resolves to the row that has the focus, null while none has.
 */
export function useTableKeys<T>(table: TableKeys<T>): number | null {
  const [current, setCurrent] = useState<number | null>(null);
  const now = useRef(table);
  useLayoutEffect(() => {
    now.current = table;
  });
  useEffect(() => {
    const { root } = now.current;
    const onFocus = (event: FocusEvent): void => setCurrent(indexOf(event.target, root.current));
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || (event.key.length === 1 && !letterKeysOn())) return;
      if (press(event, now.current)) event.preventDefault();
    };
    document.addEventListener('focusin', onFocus);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  return current;
}

function indexOf(target: EventTarget | null, root: HTMLElement | null): number | null {
  if (!(target instanceof Element) || !root?.contains(target)) return null;
  const index = target.closest<HTMLElement>('tr[data-index]')?.dataset['index'];
  return index === undefined ? null : Number(index);
}

/** Does what the key says; false where it says nothing to a table. */
function press<T>(event: KeyboardEvent, table: TableKeys<T>): boolean {
  const at = indexOf(document.activeElement, table.root.current);
  const step = stepOf(event.key, at !== null);
  if (step !== 0) return move({ ...table, at, step, extend: event.shiftKey });
  const row = at === null ? undefined : table.rows[at];
  if (at === null || row === undefined) return false;
  if (event.key === 'x' || event.key === 'X') table.selection?.toggle(at, event.shiftKey);
  else if (event.key === 'c' && table.keys?.copyOf) copy(table.keys, row);
  else if (event.key === 'Delete' && table.keys?.onDelete) table.keys.onDelete(row);
  else return false;
  return true;
}

function stepOf(key: string, isInTable: boolean): number {
  if (key === 'j' || key === 'J') return 1;
  if (key === 'k' || key === 'K') return -1;
  // Outside the table the arrows scroll the page, as they do everywhere.
  if (isInTable && key === 'ArrowDown') return 1;
  return isInTable && key === 'ArrowUp' ? -1 : 0;
}

function move<T>(options: TableKeys<T> & { at: number | null; step: number; extend: boolean }): boolean {
  const { rows, root, at, step, extend, selection, scrollTo } = options;
  if (rows.length === 0) return false;
  const to = at === null ? (step > 0 ? 0 : rows.length - 1) : at + step;
  if (to < 0 || to >= rows.length) return at !== null;
  if (extend && at !== null) selection?.add([at, to]);
  if (!focusRow(root.current, to)) {
    // Not drawn: it is once the page has scrolled there.
    scrollTo(to);
    requestAnimationFrame(() => requestAnimationFrame(() => focusRow(root.current, to)));
  }
  return true;
}

/** Focuses the name of a row, which is a link, or else whatever in it can be used; false where the row is not drawn. */
export function focusRow(root: HTMLElement | null, index: number): boolean {
  const row = root?.querySelector(`tr[data-index="${index}"]`);
  if (!row) return false;
  const target = row.querySelector<HTMLElement>('a[href]') ?? row.querySelector<HTMLElement>('input,button');
  if (target) target.focus();
  else if (row instanceof HTMLElement) {
    row.tabIndex = -1;
    row.focus();
  }
  row.scrollIntoView({ block: 'nearest' });
  return true;
}

function copy<T>({ copyOf, onCopied }: RowKeys<T>, row: T): void {
  const text = copyOf?.(row);
  if (text !== undefined) void writeClipboard(text).then(() => onCopied?.(text));
}
