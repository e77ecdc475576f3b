/**
 * `npm run seed`: a registry as large as they get, straight into the database of a stopped server; to push it would take
 * days. The same at each run. The bytes of its images are not there: it is for lists and searches.
 *
 *   npm run seed -- --data DIR | --database-url URL  [--scale 0.01]
 */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import pino from 'pino';
import { createContext } from '#server/context.ts';
import type { Database } from '#server/db/database.ts';
import { openPostgres } from '#server/db/postgres.ts';
import { openSqlite } from '#server/db/sqlite.ts';
import { systemClock } from '#server/lib/clock.ts';
import { systemIds } from '#server/lib/ids.ts';
import { openMemoryStorage } from '#server/storage/memory.ts';
import { seedArtifacts } from './seed-artifacts.ts';
import {
  append,
  BEGIN,
  insert,
  pick,
  range,
  type Named,
  type SeedCounts,
  type SeededRepository,
} from './seed-rows.ts';

const WHOLE: SeedCounts = {
  users: 1_000,
  projects: 1_000,
  repositories: 10_000,
  artifacts: 100_000,
  tags: 500_000,
  auditRows: 100_000,
};

export const SEED_PASSWORD = 'Berth-Seed-1';
/** The project with a fifth of all repositories. */
export const BIG_PROJECT = 'platform';
/** Its repository with a fiftieth of all artifacts; the newest of them has a fiftieth of all tags. */
export const BIG_REPOSITORY = 'releases';
/** Part of the names of three projects and three repositories, whatever the scale. */
export const RARE = 'needle';

const MINUTE = 60_000;

/** How much there is of everything at a part of the whole. */
export function countsAt(scale: number): SeedCounts {
  return Object.fromEntries(
    Object.entries(WHOLE).map(([what, count]) => [what, Math.max(10, Math.round(count * scale))]),
  ) as unknown as SeedCounts;
}

const TEAMS = ['payments', 'search', 'mobile', 'data', 'infra', 'identity', 'media', 'research'] as const;
const PARTS = ['api', 'web', 'worker', 'cron', 'proxy', 'migrations', 'cli', 'gateway', 'cache'] as const;

async function seedPeople(db: Database, counts: SeedCounts): Promise<number[]> {
  return insert(
    db,
    'account',
    range(counts.users).map((i) => ({
      username: `user-${String(i).padStart(5, '0')}`,
      email: `user-${i}@example.com`,
      realname: `User ${i}`,
      comment: '',
      password_hash: null,
      is_admin: 0,
      created_at: BEGIN + i * MINUTE,
      updated_at: BEGIN + i * MINUTE,
      deleted_at: null,
    })),
  );
}

async function seedProjects(db: Database, counts: SeedCounts, users: readonly number[]): Promise<Named[]> {
  const names = range(counts.projects).map((i) => {
    if (i === 0) return BIG_PROJECT;
    return i <= 3 ? `${RARE}-${i}` : `${pick(TEAMS, i)}-${String(i).padStart(4, '0')}`;
  });
  const ids = await insert(
    db,
    'project',
    names.map((name, i) => ({
      name,
      owner_id: 1,
      is_public: i % 3 === 1 ? 1 : 0,
      created_at: BEGIN + i * MINUTE,
      updated_at: BEGIN + i * MINUTE,
      deleted_at: null,
    })),
  );
  await append(
    db,
    'project_member',
    ids.flatMap((id, i) =>
      range(Math.min(5, users.length)).map((m) => ({
        project_id: id,
        account_id: users[(i * 5 + m) % users.length] as number,
        role_id: m + 1,
        created_at: BEGIN,
      })),
    ),
  );
  return ids.map((id, i) => ({ id, name: names[i] as string }));
}

async function seedRepositories(
  db: Database,
  counts: SeedCounts,
  projects: readonly Named[],
): Promise<SeededRepository[]> {
  const inBig = Math.round(counts.repositories / 5);
  const inBigOne = Math.round(counts.artifacts / 50);
  const others = counts.repositories - 1;
  const planned = range(counts.repositories).map((i) => {
    const project = pick(projects, i < inBig ? 0 : 1 + ((i - inBig) % (projects.length - 1)));
    const rare = i >= inBig && i < inBig + 3 ? `${RARE}-${i - inBig}/` : '';
    const name = i === 0 ? BIG_REPOSITORY : `${rare}${pick(PARTS, i)}/${pick(TEAMS, i >> 3)}-${i}`;
    const left = counts.artifacts - inBigOne;
    const artifacts =
      i === 0 ? inBigOne : Math.floor((left * i) / others) - Math.floor((left * (i - 1)) / others);
    return { projectId: project.id, full: `${project.name}/${name}`, name, artifacts };
  });
  const ids = await insert(
    db,
    'repository',
    planned.map((row, i) => ({
      project_id: row.projectId,
      name: row.name,
      full_name: row.full,
      description: '',
      artifact_count: row.artifacts,
      listed_count: row.artifacts,
      pull_count: i % 97,
      created_at: BEGIN + i * MINUTE,
      updated_at: BEGIN + ((i * 7919) % counts.repositories) * MINUTE,
    })),
  );
  return planned.map((row, i) => ({ ...row, id: ids[i] as number }));
}

async function seedAudit(db: Database, counts: SeedCounts, projects: readonly Named[]): Promise<void> {
  await append(
    db,
    'audit_log',
    range(counts.auditRows).map((i) => {
      const project = pick(projects, i);
      return {
        op_time: BEGIN + i * 1_000,
        account_id: 1,
        username: i % 10 === 0 ? 'admin' : `user-${String(i % counts.users).padStart(5, '0')}`,
        operation: pick(['pull', 'pull', 'create', 'delete'], i),
        resource: `${project.name}/${pick(PARTS, i)}:v${i}`,
        resource_type: 'artifact',
        description: '',
        succeeded: 1,
        project_id: project.id,
        request_id: `seed-${i}`,
      };
    }),
  );
}

/** Fills an empty database with so much of everything; the administrator's password is {@link SEED_PASSWORD}. */
export async function seedDatabase(db: Database, counts: SeedCounts): Promise<void> {
  const context = await createContext({
    db,
    storage: openMemoryStorage(),
    clock: systemClock,
    ids: systemIds,
    logger: pino({ level: 'error' }),
    desktop: false,
    uploadIdleMs: 24 * 3_600_000,
    instanceName: 'Seeded berth',
  });
  await context.prepare({ password: SEED_PASSWORD, whenMissing: 'leave-unset' });
  await context.stop();
  const users = await seedPeople(db, counts);
  const projects = await seedProjects(db, counts, users);
  const repositories = await seedRepositories(db, counts, projects);
  await seedArtifacts(db, counts, repositories);
  await seedAudit(db, counts, projects);
  // PostgreSQL would do so by itself within a minute; SQLite never does.
  if (db.kind === 'postgres') await db.quickTx(async (tx) => void (await sql`analyze`.execute(tx)));
}

/** The same into a folder for `npm run serve`. */
export async function seedFolder(dataDir: string, scale: number): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const db = await openSqlite(dataDir);
  try {
    await seedDatabase(db, countsAt(scale));
  } finally {
    await db.close();
  }
}

async function seedPostgres(url: string, scale: number): Promise<void> {
  const db = await openPostgres(url);
  try {
    await seedDatabase(db, countsAt(scale));
  } finally {
    await db.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      'database-url': { type: 'string' },
      scale: { type: 'string', default: '1' },
    },
  });
  const scale = Number(values.scale);
  const { data: folder, 'database-url': url } = values;
  if (!(scale > 0 && scale <= 10) || (folder === undefined) === (url === undefined)) {
    console.error('usage: npm run seed -- --data DIR | --database-url URL [--scale 0.01]');
    process.exitCode = 2;
    return;
  }
  const begin = performance.now();
  if (folder !== undefined) await seedFolder(folder, scale);
  if (url !== undefined) await seedPostgres(url, scale);
  const counts = Object.entries(countsAt(scale)).map(
    ([what, count]) => `${count.toLocaleString('en-US')} ${what.replace('auditRows', 'audit rows')}`,
  );
  console.log(`${counts.join(', ')} in ${Math.round((performance.now() - begin) / 1000)} s`);
  console.log(`sign in as admin with ${SEED_PASSWORD}`);
}

if (import.meta.main) await main();
