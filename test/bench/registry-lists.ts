import { join } from 'node:path';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { temporaryFolder } from '#test/support/process.ts';
import type { ListFigure } from './lists.ts';
import { BIG_PROJECT, BIG_REPOSITORY, countsAt, RARE, SEED_PASSWORD, seedFolder } from './seed.ts';
import { openWire, type Wire } from './wire.ts';

interface Registry {
  readonly scale: number;
  readonly berth: Berth;
  readonly wire: Wire;
}

interface List {
  readonly title: string;
  /** The path, where each count is one of the registry's. */
  readonly path: (counts: ReturnType<typeof countsAt>) => string;
  /** More is shown, or counted, where there is more: only the time itself is bounded. */
  readonly isWhole?: true;
  /** For a list of our own: the key of its order, and what the last row but some has there, and its id. */
  readonly from?: {
    readonly key: string;
    readonly property: string;
    readonly id: string;
    readonly isTime?: true;
  };
}

const HARBOR = '/api/v2.0';
const OWN = '/api/berth/v1';
const IN_BIG = `/projects/${BIG_PROJECT}/repositories`;
const ARTIFACTS = `${IN_BIG}/${BIG_REPOSITORY}/artifacts`;
const size = 'page_size=10';
/** The last page of so many rows. */
const last = (count: number): string => `${size}&page=${Math.ceil(count / 10)}`;
const fifth = (count: number): number => Math.round(count / 5);
const fiftieth = (count: number): number => Math.round(count / 50);

/** What the console shows, by Harbor's API. */
const PAGES: readonly List[] = [
  { title: 'projects by name, first page', path: () => `${HARBOR}/projects?${size}` },
  { title: 'projects by name, last page', path: ({ projects }) => `${HARBOR}/projects?${last(projects)}` },
  {
    title: 'projects, the oldest, last page',
    path: ({ projects }) => `${HARBOR}/projects?sort=-creation_time&${last(projects)}`,
  },
  { title: 'projects that contain a word', path: () => `${HARBOR}/projects?${size}&name=${RARE}` },
  { title: 'repositories of a project by name', path: () => `${HARBOR}${IN_BIG}?${size}&sort=name` },
  {
    title: 'repositories of a project by change, last page',
    path: ({ repositories }) => `${HARBOR}${IN_BIG}?sort=-update_time&${last(fifth(repositories))}`,
  },
  {
    title: 'repositories of a project that contain a word',
    path: () => `${HARBOR}${IN_BIG}?${size}&q=name%3D~mobile-8`,
  },
  { title: 'all repositories, first page', path: () => `${HARBOR}/repositories?${size}` },
  {
    title: 'all repositories, last page',
    path: ({ repositories }) => `${HARBOR}/repositories?${last(repositories)}`,
  },
  {
    title: 'all repositories that contain a word',
    path: () => `${HARBOR}/repositories?${size}&q=name%3D~${RARE}`,
  },
  {
    title: 'the same with a word that a ninth contains, counted',
    path: () => `${HARBOR}/repositories?${size}&q=name%3D~web`,
    isWhole: true,
  },
  {
    title: 'all repositories that contain two letters',
    path: () => `${HARBOR}/repositories?${size}&q=name%3D~dl`,
  },
  { title: 'artifacts of a repository, first page', path: () => `${HARBOR}${ARTIFACTS}?${size}` },
  {
    title: 'artifacts of a repository, last page',
    path: ({ artifacts }) => `${HARBOR}${ARTIFACTS}?${last(fiftieth(artifacts))}`,
  },
  { title: 'artifacts by size', path: () => `${HARBOR}${ARTIFACTS}?${size}&sort=-size` },
  { title: 'artifacts by their last pull', path: () => `${HARBOR}${ARTIFACTS}?${size}&sort=-pull_time` },
  {
    title: 'artifacts with a tag that contains a word',
    path: () => `${HARBOR}${ARTIFACTS}?${size}&q=tags%3D~v7.`,
  },
  {
    title: 'tags of an artifact, last page',
    path: ({ tags }) => `${HARBOR}${ARTIFACTS}/v1.0/tags?${last(Math.min(5, tags))}`,
  },
  { title: 'users, last page', path: ({ users }) => `${HARBOR}/users?${last(users)}` },
  { title: 'users that contain a word', path: () => `${HARBOR}/users?${size}&q=username%3D~r-00007` },
  { title: 'audit log, first page', path: () => `${HARBOR}/auditlog-exts?${size}` },
  { title: 'search for a word', path: () => `${HARBOR}/search?q=${RARE}` },
  { title: 'search for a letter', path: () => `${HARBOR}/search?q=a`, isWhole: true },
  { title: 'statistics', path: () => `${HARBOR}/statistics` },
];

const byTime = (key: string, property: string, id: string) => ({ key, property, id, isTime: true as const });

/** Our own lists, each from its last rows on. */
const ENDS: readonly List[] = [
  {
    title: 'own list: projects, from the end',
    path: ({ projects }) => `/projects?${last(projects)}`,
    from: { key: 'name', property: 'name', id: 'project_id' },
  },
  {
    title: 'own list: repositories by change, from the end',
    path: ({ repositories }) => `${IN_BIG}?sort=-update_time&${last(fifth(repositories))}`,
    from: byTime('updatetime', 'update_time', 'id'),
  },
  {
    title: 'own list: artifacts, from the end',
    path: ({ artifacts }) => `${ARTIFACTS}?${last(fiftieth(artifacts))}`,
    from: byTime('pushtime', 'push_time', 'id'),
  },
  {
    title: 'own list: users, from the end',
    path: ({ users }) => `/users?${last(users)}`,
    from: { key: 'username', property: 'username', id: 'user_id' },
  },
];

const headers = {
  authorization: `Basic ${Buffer.from(`admin:${SEED_PASSWORD}`).toString('base64')}`,
};

async function get({ wire, scale }: Registry, path: string): Promise<void> {
  const reply = await wire.request({ method: 'GET', path, headers });
  if (reply.status !== 200) throw new Error(`${path} at ${scale}: ${reply.status} ${reply.text}`);
}

/** The path in that registry; of a list of our own with a position shortly before its end. */
async function pathIn(registry: Registry, { path, from }: List): Promise<string> {
  const asked = path(countsAt(registry.scale));
  if (!from) return asked;
  const reply = await fetch(new URL(`${HARBOR}${asked}`, registry.berth.origin), { headers });
  const rows = (await reply.json()) as Record<string, string>[];
  const row = rows[0] ?? {};
  const value = from.isTime ? Date.parse(row[from.property] ?? '') : row[from.property];
  const after = Buffer.from(JSON.stringify([from.key, value, row[from.id]])).toString('base64url');
  const url = new URL(asked, 'http://registry.test');
  const sort = url.searchParams.get('sort');
  return `${OWN}${url.pathname}?limit=10&after=${after}${sort === null ? '' : `&sort=${sort}`}`;
}

async function measure(registries: readonly Registry[], list: List, seconds: number): Promise<ListFigure> {
  const ends = await Promise.all(
    registries.map(async (registry) => ({
      registry,
      path: await pathIn(registry, list),
      times: [] as number[],
    })),
  );
  // The first ones of a list pay for plans and for pages that nobody read yet.
  for (const { registry, path } of ends) for (let i = 0; i < 20; i++) await get(registry, path);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    for (const { registry, path, times } of ends) {
      const begin = performance.now();
      await get(registry, path);
      times.push(performance.now() - begin);
    }
  }
  const [small, large] = ends;
  return {
    id: 'registry-lists',
    title: list.title,
    sizes: { small: countsAt(SCALES.small).artifacts, large: countsAt(SCALES.large).artifacts },
    small: small?.times ?? [],
    large: large?.times ?? [],
    atMostMs: 50,
    atMostTimes: list.isWhole ? undefined : 2,
  };
}

const SCALES = { small: 0.01, large: 1 } as const;

/** Times each list that the console shows in a registry of 100,000 artifacts and in one of a hundredth of it, on SQLite. */
export async function measureRegistryLists(
  seconds: number,
  say: (line: string) => void,
): Promise<ListFigure[]> {
  const folder = await temporaryFolder('bench-registry');
  const registries: Registry[] = [];
  try {
    // All is written before the first server starts: a connection that waits so long would be closed.
    for (const [name, scale] of Object.entries(SCALES)) {
      say(`seeding a registry with ${countsAt(scale).tags.toLocaleString('en-US')} tags`);
      await seedFolder(join(folder.path, name), scale);
    }
    for (const [name, scale] of Object.entries(SCALES)) {
      const berth = await startBerth({ data: join(folder.path, name) });
      registries.push({ scale, berth, wire: await openWire(berth.origin) });
    }
    const figures: ListFigure[] = [];
    for (const list of [...PAGES, ...ENDS]) figures.push(await measure(registries, list, seconds));
    return figures;
  } finally {
    for (const { berth, wire } of registries) {
      wire.close();
      await berth.dispose();
    }
    await folder.dispose();
  }
}
