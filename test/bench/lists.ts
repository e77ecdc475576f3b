import { join } from 'node:path';
import { temporaryFolder } from '#test/support/process.ts';
import { ONLY_DIGEST, seedRepositories, type SeededRepository } from './list-seed.ts';
import { expectStatus, openSession, type Session } from './registry.ts';
import { PROJECT, startOurs, type Target } from './targets.ts';

/** How long one list takes in a small and in a large repository, in milliseconds. */
export interface ListFigure {
  readonly id: string;
  readonly title: string;
  readonly sizes: { readonly small: number; readonly large: number };
  readonly small: readonly number[];
  readonly large: readonly number[];
  readonly atMostMs: number;
  /** How many times slower the large one may be; undefined where its reply is larger, too. */
  readonly atMostTimes: number | undefined;
}

interface List {
  readonly title: string;
  readonly shape: SeededRepository['shape'];
  /** Path of the list in a repository of so many tags or referrers. */
  readonly path: (repository: string, count: number) => string;
  /** The reply is the whole list, not a page. */
  readonly isWhole?: true;
}

const SIZES = {
  artifacts: { small: 1000, large: 100_000 },
  tags: { small: 1000, large: 100_000 },
  referrers: { small: 1000, large: 10_000 },
} as const;

const api = (repository: string): string =>
  `/api/v2.0/projects/${PROJECT}/repositories/${repository}/artifacts`;
const tagsAfter =
  (where: number) =>
  (repository: string, count: number): string =>
    `/v2/${PROJECT}/${repository}/tags/list?n=500&last=v${String(Math.floor(count * where)).padStart(6, '0')}`;
const page = 'page=1&page_size=15';

const LISTS: readonly List[] = [
  {
    title: 'first page of artifacts, one tag each',
    shape: 'artifacts',
    path: (repository) => `${api(repository)}?${page}&with_tag=true`,
  },
  {
    title: 'first page of artifacts, one has all tags',
    shape: 'tags',
    path: (repository) => `${api(repository)}?${page}&with_tag=true`,
  },
  {
    title: 'first page of the tags of one artifact',
    shape: 'tags',
    path: (repository) => `${api(repository)}/${ONLY_DIGEST}/tags?${page}`,
  },
  { title: 'tags/list, first page of 500', shape: 'artifacts', path: tagsAfter(0) },
  { title: 'tags/list, a page of 500 in the middle', shape: 'artifacts', path: tagsAfter(0.4) },
  {
    title: 'tags/list, the last page of 500',
    shape: 'tags',
    path: (repository, count) => tagsAfter(1 - 500 / count)(repository, count),
  },
  {
    title: 'tags/list without a size: all tags at once',
    shape: 'tags',
    isWhole: true,
    path: (repository) => `/v2/${PROJECT}/${repository}/tags/list`,
  },
  {
    title: 'referrers, first page',
    shape: 'referrers',
    path: (repository) => `/v2/${PROJECT}/${repository}/referrers/${ONLY_DIGEST}`,
  },
  {
    title: 'referrers of one type, five of them',
    shape: 'referrers',
    path: (repository) =>
      `/v2/${PROJECT}/${repository}/referrers/${ONLY_DIGEST}?artifactType=application/vnd.example.7`,
  },
];

async function time(session: Session, path: string): Promise<number> {
  const begin = performance.now();
  const reply = await session.wire.request({ method: 'GET', path, headers: session.headers });
  const took = performance.now() - begin;
  expectStatus(session, path, reply, 200);
  return took;
}

async function openSessions(
  target: Target,
): Promise<{ api: Session; registry: (name: string) => Promise<Session> }> {
  const registry = await openSession(target);
  const basic = `Basic ${Buffer.from(target.credentials ?? '').toString('base64')}`;
  return {
    api: { ...registry, headers: { authorization: basic } },
    registry: async (name) => ({
      ...registry,
      headers: { authorization: (await target.authorization(`${PROJECT}/${name}`)) ?? '' },
    }),
  };
}

const nameOf = (shape: string, count: number): string => `${shape}-${count}`;

async function measureList(target: Target, list: List, seconds: number): Promise<ListFigure> {
  const sessions = await openSessions(target);
  const sizes = SIZES[list.shape];
  const ends = await Promise.all(
    [sizes.small, sizes.large].map(async (count) => {
      const path = list.path(nameOf(list.shape, count), count);
      const session = path.startsWith('/api/')
        ? sessions.api
        : await sessions.registry(nameOf(list.shape, count));
      return { path, session, times: [] as number[] };
    }),
  );
  // The first ones of a list pay for plans and for pages that nobody read yet.
  for (const { session, path } of ends) for (let i = 0; i < 20; i++) await time(session, path);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end)
    for (const { session, path, times } of ends) times.push(await time(session, path));
  sessions.api.wire.close();
  const [small, large] = ends.map((each) => each.times);
  return {
    id: 'lists',
    title: list.title,
    sizes,
    small: small ?? [],
    large: large ?? [],
    atMostMs: 20,
    atMostTimes: list.isWhole ? undefined : 2,
  };
}

/** Times the lists of repositories with 100,000 tags beside those with 1,000, on SQLite as `npm run serve` has it. */
export async function measureLists(seconds: number): Promise<ListFigure[]> {
  const folder = await temporaryFolder('bench-lists');
  const data = join(folder.path, 'data');
  try {
    const first = await startOurs({ data });
    await first.dispose();
    const repositories = Object.entries(SIZES).flatMap(([shape, sizes]) =>
      Object.values(sizes).map((count) => ({
        name: nameOf(shape, count),
        shape: shape as SeededRepository['shape'],
        count,
      })),
    );
    seedRepositories(data, PROJECT, repositories);
    const target = await startOurs({ data });
    try {
      const figures: ListFigure[] = [];
      for (const list of LISTS) figures.push(await measureList(target, list, seconds));
      return figures;
    } finally {
      await target.dispose();
    }
  } finally {
    await folder.dispose();
  }
}
