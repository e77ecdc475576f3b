// What the address of a page may hold: anything else in it is ignored, never an error.

/** A text, or nothing when empty. A search like `?q=22` arrives as a number. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An address of this console, or nothing: an address of elsewhere would be an open redirect. */
export function inside(address: string | undefined): string | undefined {
  if (address === undefined || !/^\/(?![/\\])[^\s\\]*$/.test(address)) return undefined;
  return address;
}

/** One of `options`, or nothing. */
export function choice<const T extends string>(value: unknown, options: readonly T[]): T | undefined {
  return options.find((option) => option === value);
}

/** The same, in a type whose every key may be left out when one links to the page. */
export function optional<T extends object>(search: T): { [K in keyof T]?: T[K] } {
  return search;
}

type RawSearch = Record<string, unknown>;

/** How far back the overview looks, in days. */
export const periods = [1, 14, 90] as const;

export function readOverviewSearch(search: RawSearch) {
  return optional({ days: periods.find((days) => String(days) === text(search['days'])) });
}

export type ProjectsSearch = ReturnType<typeof readProjectsSearch>;

export function readProjectsSearch(search: RawSearch) {
  return optional({
    q: text(search['q']),
    visibility: choice(search['visibility'], ['public', 'private']),
    sort: choice(search['sort'], ['name', '-name', 'creation_time', '-creation_time']),
  });
}

export type RepositorySearch = ReturnType<typeof readRepositorySearch>;

export const platforms = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64'] as const;
export const artifactTypes = ['IMAGE', 'CHART', 'WASM', 'CNAB', 'UNKNOWN'] as const;
/** Within how many days something was pushed. */
export const pushedWithin = ['1', '7', '30', '90'] as const;

export function readRepositorySearch(search: RawSearch) {
  const label = Number(search['label']);
  return optional({
    tab: choice(search['tab'], ['tags', 'about']),
    q: text(search['q']),
    tagged: choice(search['tagged'], ['yes', 'no']),
    type: choice(search['type'], artifactTypes),
    platform: choice(text(search['platform']), platforms),
    pushed: choice(text(search['pushed']), pushedWithin),
    label: Number.isSafeInteger(label) && label > 0 ? label : undefined,
    sort: choice(search['sort'], [
      'push_time',
      '-push_time',
      'pull_time',
      '-pull_time',
      'size',
      '-size',
      'name',
      '-name',
    ]),
  });
}

export type ArtifactSearch = ReturnType<typeof readArtifactSearch>;

export function readArtifactSearch(search: RawSearch) {
  return optional({
    tab: choice(search['tab'], ['history', 'raw', 'referrers', 'values', 'dependencies']),
    platform: text(search['platform']),
    part: choice(search['part'], ['manifest', 'config']),
  });
}

export type UsersSearch = ReturnType<typeof readUsersSearch>;

export function readUsersSearch(search: RawSearch) {
  const sessions = Number(search['sessions']);
  return optional({
    q: text(search['q']),
    rights: choice(search['rights'], ['admin', 'ordinary']),
    sort: choice(search['sort'], ['username', '-username', 'creation_time', '-creation_time']),
    /** Whose sessions are shown beside the list. */
    sessions: Number.isSafeInteger(sessions) && sessions > 0 ? sessions : undefined,
  });
}
