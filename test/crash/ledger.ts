/**
 * What a registry may answer after a crash, given what it was asked and what it acknowledged before. A key is a place
 * that holds one value: a tag (the manifest's digest), or a manifest or blob of a repository (`present`).
 */
export interface Change {
  readonly key: string;
  /** The value that the operation leaves; undefined for nothing. */
  readonly to: string | undefined;
  /** It takes the value away only if it is this one: a manifest's deletion takes the tags that point to it. */
  readonly onlyIf?: string;
}

export interface Operation {
  /** Unique in the ledger; sent as X-Request-Id, so that a trace of the server tells whose reply it is. */
  readonly id: string;
  /** What was answered: everything it should change has changed. */
  readonly acknowledge: () => void;
  /** It was refused and has changed nothing. */
  readonly refuse: () => void;
}

interface Entry {
  readonly id: string;
  readonly changes: readonly Change[];
  readonly begin: number;
  /** When its acknowledgement was read; without one it may have happened at any time until `latest`. */
  end?: number;
  latest: number;
}

export interface Ledger {
  readonly begin: (changes: readonly Change[]) => Operation;
  /** The server died: what was not answered until now never happens later. */
  readonly crash: () => void;
  /** This is what was read; from now on it stays until something changes it. */
  readonly observe: (key: string, value: string | undefined) => void;
  /**
   * The values that the key may have, undefined for none. `isAnswered` narrows what counts as acknowledged, by the
   * operations' ids: for a look back at an earlier moment.
   */
  readonly allowed: (key: string, isAnswered?: (id: string) => boolean) => ReadonlySet<string | undefined>;
  /** Every key that was ever named and begins so. */
  readonly keys: (prefix: string) => readonly string[];
}

/** Keys, as one text each. */
export const tagKey = (repository: string, tag: string): string => `tag ${repository} ${tag}`;
export const manifestKey = (repository: string, digest: string): string => `manifest ${repository} ${digest}`;
export const blobKey = (repository: string, digest: string): string => `blob ${repository} ${digest}`;

export function createLedger(): Ledger {
  /** Only ever added to at its end: a logical clock. */
  let now = 0;
  let made = 0;
  const entries = new Map<string, Entry[]>();
  const open = new Set<Entry>();

  function enter(entry: Entry): void {
    for (const { key } of entry.changes) {
      const list = entries.get(key);
      if (list) list.push(entry);
      else entries.set(key, [entry]);
    }
  }
  return {
    begin(changes) {
      now += 1;
      made += 1;
      const entry: Entry = { id: `operation-${made}`, changes, begin: now, latest: Infinity };
      enter(entry);
      open.add(entry);
      return {
        id: entry.id,
        acknowledge() {
          now += 1;
          entry.end = now;
          entry.latest = now;
          open.delete(entry);
        },
        refuse() {
          open.delete(entry);
          for (const { key } of changes) {
            entries.set(
              key,
              (entries.get(key) ?? []).filter((each) => each !== entry),
            );
          }
        },
      };
    },
    crash() {
      now += 1;
      for (const entry of open) entry.latest = now;
      open.clear();
    },
    observe(key, value) {
      now += 1;
      const seen: Entry = {
        id: `seen-${now}`,
        changes: [{ key, to: value }],
        begin: now,
        end: now,
        latest: now,
      };
      // What is under way may still change it; all else is settled by what was seen.
      entries.set(key, [...(entries.get(key) ?? []).filter((entry) => open.has(entry)), seen]);
    },
    allowed: (key, isAnswered) => outcomes(key, view(entries.get(key) ?? [], isAnswered)),
    keys: (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix)),
  };
}

/** The entries as they stood when only those were answered. */
function view(entries: readonly Entry[], isAnswered?: (id: string) => boolean): readonly Entry[] {
  if (!isAnswered) return entries;
  return entries.map(({ id, changes, begin, end, latest }) => {
    if (end === undefined) return { id, changes, begin, latest };
    return isAnswered(id) || id.startsWith('seen-')
      ? { id, changes, begin, end, latest }
      : { id, changes, begin, latest: Infinity };
  });
}

/** Every value that no acknowledged later operation has replaced; operations at the same time go in either order. */
function outcomes(key: string, entries: readonly Entry[]): ReadonlySet<string | undefined> {
  const changesOf = (entry: Entry): readonly Change[] => entry.changes.filter((change) => change.key === key);
  const all = entries.flatMap((entry) => changesOf(entry).map((change) => ({ entry, change })));
  const replaces = (change: Change, value: string | undefined): boolean =>
    change.onlyIf === undefined || change.onlyIf === value;
  const isReplaced = (since: number, value: string | undefined): boolean =>
    all.some(
      ({ entry, change }) => entry.end !== undefined && entry.begin > since && replaces(change, value),
    );
  const values = new Set<string | undefined>();
  if (!isReplaced(0, undefined)) values.add(undefined);
  for (const { entry, change } of all) {
    if (change.onlyIf !== undefined) {
      // It leaves nothing, but only where that value could be found.
      const found = all.some(
        (put) =>
          put.change.to === change.onlyIf &&
          put.entry.begin < entry.latest &&
          !all.some(
            (later) =>
              later.entry.end !== undefined &&
              later.entry.begin > put.entry.latest &&
              later.entry.latest < entry.begin &&
              replaces(later.change, change.onlyIf),
          ),
      );
      if (!found) continue;
    }
    if (!isReplaced(entry.latest, change.to)) values.add(change.to);
  }
  return values;
}
