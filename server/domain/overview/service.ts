import type { UserPrincipal } from '../../access/principal.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Volume } from '../../storage/free-space.ts';
import {
  beginOf,
  fillParts,
  findConcerns,
  forecastFullInDays,
  KEEP_DAYS_MS,
  KEEP_HOURS_MS,
  partsOf,
  sum,
  type Concern,
  type Condition,
  type Period,
  type StoredOnDay,
  type Traffic,
} from './rules.ts';
import {
  addTraffic,
  putProjectPush,
  putStored,
  removeBefore,
  removeDeletedPushes,
  selectCounts,
  selectFirstDay,
  selectNewestOf,
  selectPushedProjects,
  selectStoredByDay,
  selectTotals,
  selectTraffic,
  WHOLE,
  type RecentPush,
  type Share,
} from './store.ts';

const RECENT = 8;
/** Of the projects that were pushed to last some may be empty by now. */
const LOOKED_AT = 2 * RECENT;
const TAGS_SHOWN = 3;
/** The forecast looks so far back. */
const FORECAST_DAYS = 30;

export interface OverviewDeps {
  readonly db: Database;
  readonly clock: Clock;
  /** The volume that the data lies on; undefined where the storage has none. */
  readonly volume: () => Promise<Volume | undefined>;
  /** Bytes that have to stay free on a volume of that size. */
  readonly floorOf: (totalBytes: number) => number;
}

/** What the process knows of itself that may need attention. */
export type Circumstances = Pick<
  Condition,
  'illParts' | 'certificateUntilMs' | 'isPlainHttp' | 'isAdminPasswordSet' | 'isReadOnly' | 'selfRegistration'
>;

export interface Numbers {
  readonly isAll: boolean;
  readonly parts: readonly Traffic[];
  readonly sums: { readonly pulls: number; readonly pushes: number };
  /** Of the period before; undefined where it is not wholly known. */
  readonly sumsBefore: { readonly pulls: number; readonly pushes: number } | undefined;
  readonly projects: number;
  readonly repositories: number;
  readonly recent: readonly RecentPush[];
}

/** What is stored, and where it will lead: for administrators. */
export interface Stock {
  readonly artifacts: number;
  readonly storedBytes: number;
  readonly storedByDay: readonly StoredOnDay[];
  readonly volume: Volume | undefined;
  readonly fullInDays: number | undefined;
  readonly concerns: readonly Concern[];
}

/** Numbers of the registry for its first page. Reading costs the same in a registry of any size. */
export interface Overview {
  /** Of everything for an administrator, of one's own projects for others. */
  numbers(principal: UserPrincipal, days: Period): Promise<Numbers>;
  stock(days: Period, circumstances: Circumstances): Promise<Stock>;
  /** Adds what happened since it was last called, in the transaction that counts it elsewhere. */
  writeTraffic(tx: Tx, traffic: ReadonlyMap<number, ProjectTraffic>): Promise<void>;
  /** Notes how much is stored today, and forgets what is too old to be shown or of deleted projects. */
  keepDays(): Promise<void>;
}

/** What happened in a project since it was last written down. */
export interface ProjectTraffic {
  readonly pulls: number;
  readonly pushes: number;
  readonly pushedAtMs?: number;
}

export function createOverview(deps: OverviewDeps): Overview {
  const { db, clock } = deps;
  return {
    numbers: (principal, days) => readNumbers(deps, principal, days),
    stock: (days, circumstances) => readStock(deps, days, circumstances),
    async writeTraffic(tx, traffic) {
      const nowMs = clock.now();
      const counted = [...traffic].filter(([, { pulls, pushes }]) => pulls + pushes > 0);
      const all = sum(counted.map(([, { pulls, pushes }]) => ({ startsAtMs: 0, pulls, pushes })));
      const rows = counted.length === 0 ? [] : [[WHOLE, all] as const, ...counted];
      for (const [projectId, { pulls, pushes }] of rows) {
        for (const span of ['day', 'hour'] as const)
          await addTraffic(tx, { span, projectId, startsAtMs: beginOf(span, nowMs), pulls, pushes });
      }
      for (const [projectId, { pushedAtMs }] of traffic)
        if (pushedAtMs !== undefined) await putProjectPush(tx, projectId, pushedAtMs);
    },
    async keepDays() {
      const nowMs = clock.now();
      const { bytes } = await selectTotals(db.read);
      await db.tx(async (tx) => {
        await putStored(tx, beginOf('day', nowMs), bytes);
        await removeBefore(tx, { hourMs: nowMs - KEEP_HOURS_MS, dayMs: nowMs - KEEP_DAYS_MS });
        await removeDeletedPushes(tx);
      });
    },
  };
}

async function readNumbers(deps: OverviewDeps, principal: UserPrincipal, days: Period): Promise<Numbers> {
  const { db, clock } = deps;
  const nowMs = clock.now();
  const share: Share = principal.isAdmin ? { kind: 'all' } : { kind: 'own', accountId: principal.userId };
  const { span, fromMs, lengthMs, count } = partsOf(days, nowMs);
  const beforeMs = fromMs - count * lengthMs;
  const [rows, firstDayMs, counts, recent] = await Promise.all([
    selectTraffic(db.read, share, { span, startsAtMs: beforeMs }),
    selectFirstDay(db.read),
    selectCounts(db.read, share),
    readRecent(deps, share),
  ]);
  const parts = fillParts(rows, days, nowMs);
  const isKnownBefore = firstDayMs !== undefined && firstDayMs <= beforeMs;
  return {
    isAll: principal.isAdmin,
    parts,
    sums: sum(parts),
    sumsBefore: isKnownBefore ? sum(rows.filter((row) => row.startsAtMs < fromMs)) : undefined,
    ...counts,
    recent,
  };
}

/** The newest pushes are among the newest of the projects that were pushed to last. */
async function readRecent({ db }: OverviewDeps, share: Share): Promise<RecentPush[]> {
  const found: RecentPush[] = [];
  for (const projectId of await selectPushedProjects(db.read, share, LOOKED_AT))
    found.push(...(await selectNewestOf(db.read, projectId, { artifacts: RECENT, tags: TAGS_SHOWN })));
  return found.toSorted((a, b) => b.pushedAtMs - a.pushedAtMs).slice(0, RECENT);
}

async function readStock(deps: OverviewDeps, days: Period, circumstances: Circumstances): Promise<Stock> {
  const { db, clock } = deps;
  const nowMs = clock.now();
  const lookBack = Math.max(days, FORECAST_DAYS);
  const todayMs = beginOf('day', nowMs);
  const [totals, kept, volume] = await Promise.all([
    selectTotals(db.read),
    selectStoredByDay(db.read, beginOf('day', nowMs - (lookBack - 1) * 86_400_000)),
    deps.volume(),
  ]);
  const byDay = [
    ...kept.filter(({ startsAtMs }) => startsAtMs < todayMs),
    { startsAtMs: todayMs, bytes: totals.bytes },
  ];
  const floorBytes = volume ? deps.floorOf(volume.totalBytes) : 0;
  const fullInDays = volume && forecastFullInDays(byDay.slice(-FORECAST_DAYS), volume.freeBytes - floorBytes);
  const concerns = findConcerns({ ...circumstances, nowMs, volume, floorBytes, fullInDays });
  return {
    artifacts: totals.artifacts,
    storedBytes: totals.bytes,
    storedByDay: byDay.filter(({ startsAtMs }) => startsAtMs > nowMs - Math.max(days, 2) * 86_400_000),
    volume,
    fullInDays,
    concerns,
  };
}
