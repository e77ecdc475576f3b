import { LRUCache } from 'lru-cache';

/** What something was derived from, at one moment: `fresh` until that changes, and never again after. */
export interface Mark {
  readonly fresh: boolean;
}

/** Marks by key. Take the mark **before** reading, and keep what was read only while it is fresh. */
export interface Marks {
  of(key: string): Mark;
  /** Makes the key's mark stale, and with it all that was derived under it. */
  change(key: string): void;
  changeAll(): void;
}

/** At most `max` keys are marked at a time; of one that falls out, what was kept is looked up again. */
export function createMarks(max: number): Marks {
  const marks = new LRUCache<string, { fresh: boolean }>({
    max,
    dispose(mark) {
      mark.fresh = false;
    },
  });
  return {
    of(key) {
      const known = marks.get(key);
      if (known) return known;
      const mark = { fresh: true };
      marks.set(key, mark);
      return mark;
    },
    change: (key) => void marks.delete(key),
    changeAll: () => marks.clear(),
  };
}
