import { useCallback, useState } from 'react';

export interface Selected<T> {
  selected: T[];
  setSelected: (rows: T[]) => void;
  clear: () => void;
  /** Takes these out and leaves the others, also such as were selected since. */
  drop: (ids: readonly string[]) => void;
}

/** The selected rows of a page. `idOf` is the same function for ever. */
export function useSelected<T>(idOf: (row: T) => string): Selected<T> {
  const [selected, setSelected] = useState<T[]>([]);
  const clear = useCallback(() => setSelected([]), []);
  const drop = useCallback(
    (ids: readonly string[]): void => {
      const gone = new Set(ids);
      setSelected((rows) => rows.filter((row) => !gone.has(idOf(row))));
    },
    [idOf],
  );
  return { selected, setSelected, clear, drop };
}
