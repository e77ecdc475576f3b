import { useCallback, useLayoutEffect, useMemo, useRef } from 'react';

/** Which rows are chosen, as the page that holds them gives it to a table. */
export interface Selection<T> {
  selected: T[];
  onChange: (rows: T[]) => void;
  nameOf: (row: T) => string;
}

/** The same by the place of a row in the table. */
export interface RowSelection {
  /** Whether one row of the table is selected at least. */
  some: boolean;
  /** Whether all rows of the table are. */
  all: boolean;
  has: (index: number) => boolean;
  nameOf: (index: number) => string;
  /** Turns one row over; `isRange` gives all from the one turned last its new state. */
  toggle: (index: number, isRange: boolean) => void;
  /** Selects these too, at once: a second change before the page has drawn the first would undo that. */
  add: (indexes: readonly number[]) => void;
  toggleAll: () => void;
  clear: () => void;
}

/**
 * Which rows are selected after one was turned over. With a range, all between the two get the state that the turned one
 * gets. What is selected but not in the table stays so.
 */
export function turnOver<T>(options: {
  rows: readonly T[];
  idOf: (row: T) => string | number;
  selected: readonly T[];
  from: number;
  to: number;
}): T[] {
  const { rows, idOf, selected, from, to } = options;
  const turned = rows[to];
  if (turned === undefined) return [...selected];
  const isOn = selected.some((row) => idOf(row) === idOf(turned));
  const range = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  const ids = new Set(range.map(idOf));
  const others = selected.filter((row) => !ids.has(idOf(row)));
  return isOn ? others : [...others, ...range];
}

/** Undefined where the table has no selection. */
export function useRowSelection<T>(
  rows: readonly T[],
  idOf: (row: T) => string | number,
  selection: Selection<T> | undefined,
): RowSelection | undefined {
  const selected = selection?.selected;
  const ids = useMemo(() => new Set(selected?.map((row) => idOf(row))), [selected, idOf]);
  const anchor = useRef<number | null>(null);
  // Rows are drawn again only when something of them changed, so that they are given one function for ever.
  const now = useRef({ rows, idOf, selection });
  useLayoutEffect(() => {
    now.current = { rows, idOf, selection };
  });
  const toggle = useCallback((index: number, isRange: boolean): void => {
    const { selection: chosen, ...table } = now.current;
    const from = isRange ? (anchor.current ?? index) : index;
    anchor.current = index;
    chosen?.onChange(turnOver({ ...table, selected: chosen.selected, from, to: index }));
  }, []);
  const add = useCallback((indexes: readonly number[]): void => {
    const { rows: all, idOf: id, selection: chosen } = now.current;
    anchor.current = indexes.at(-1) ?? null;
    const had = new Set(chosen?.selected.map(id));
    const more = all.filter((row, at) => indexes.includes(at) && !had.has(id(row)));
    if (chosen && more.length > 0) chosen.onChange([...chosen.selected, ...more]);
  }, []);
  if (!selection) return undefined;
  const count = ids.size === 0 ? 0 : rows.reduce((sum, row) => sum + (ids.has(idOf(row)) ? 1 : 0), 0);
  const all = count > 0 && count === rows.length;
  return {
    some: count > 0,
    all,
    has: (index) => ids.has(idOf(rows[index] as T)),
    nameOf: (index) => selection.nameOf(rows[index] as T),
    toggle,
    add,
    toggleAll: () => selection.onChange(all ? [] : [...rows]),
    clear: () => selection.onChange([]),
  };
}
