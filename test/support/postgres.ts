import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, findCommand, freePort, run, start, temporaryFolder, type Identity } from './process.ts';

export interface PostgresCluster {
  /** Connects as its superuser to the database `postgres`. */
  readonly url: string;
  readonly dispose: () => Promise<void>;
}

export interface FreshDatabase {
  readonly url: string;
  readonly dispose: () => Promise<void>;
}

const icu = ['--locale-provider=icu', '--icu-locale=en-US'];
const urlVariable = 'TEST_POSTGRES_URL';

/**
 * A new, empty database in the cluster of this test run, or undefined where the machine has no PostgreSQL
 * (then the suite is skipped, and named by `npm test`). The cluster is started by test/support/global-setup.ts.
 */
export async function freshDatabase(): Promise<FreshDatabase | undefined> {
  const clusterUrl = process.env[urlVariable];
  if (clusterUrl === undefined) return undefined;
  const { Client } = (await import('pg')).default;
  const name = `berth_${randomBytes(6).toString('hex')}`;
  const statement = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: clusterUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await statement(`create database ${name}`);
  const url = new URL(clusterUrl);
  url.pathname = `/${name}`;
  return { url: url.href, dispose: () => statement(`drop database if exists ${name} with (force)`) };
}

/** Whether `freshDatabase` gives one, for `describe.skipIf(!hasPostgres())`. */
export function hasPostgres(): boolean {
  return process.env[urlVariable] !== undefined;
}

/** The folder with initdb and postgres of the newest installed version, or undefined. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = listFolder(debian).filter((version) => /^\d+$/.test(version));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined) return join(debian, newest, 'bin');
  return findCommand('postgres') === undefined ? undefined : '';
}

/**
 * Starts a PostgreSQL of its own on a free port of 127.0.0.1 in a temporary folder, without fsync. As root it
 * runs as the user `postgres`, since it refuses root.
 */
export async function startPostgres(): Promise<PostgresCluster> {
  const binaries = findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  const folder = await temporaryFolder('berth-pg');
  const as = await unprivileged();
  if (as) await chown(folder.path, as.uid, as.gid);
  const common = { cwd: folder.path, ...(as ? { as } : {}) };
  const data = join(folder.path, 'data');
  // Not the C collation: an order by that forgot its collation has to show.
  await run(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'berth', '--auth=trust', '-E', 'UTF8', '--locale=C', ...icu, '--no-sync'],
    common,
  );
  const port = await freePort();
  const settings = { listen_addresses: '127.0.0.1', fsync: 'off', max_connections: '200' };
  const server = await start(
    join(binaries, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-k',
      folder.path,
      ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`]),
    ],
    { ...common, ready: (output) => output.includes('ready to accept connections') },
  );
  return {
    url: `postgres://berth@127.0.0.1:${port}/postgres`,
    // SIGINT is its fast shutdown; SIGTERM would wait for open connections.
    dispose: async () => {
      server.kill('SIGINT');
      await server.dispose();
      await folder.dispose();
    },
  };
}

/** Starts the run's cluster and tells the test workers of it, or does nothing where there is no PostgreSQL. */
export async function startSharedPostgres(): Promise<() => Promise<void>> {
  if (process.env[urlVariable] !== undefined || findPostgres() === undefined) return async () => {};
  const cluster = await startPostgres();
  process.env[urlVariable] = cluster.url;
  return async () => {
    delete process.env[urlVariable];
    await cluster.dispose();
  };
}

async function unprivileged(): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ['postgres', 'nobody']) {
    const uid = await attempt('id', ['-u', user]);
    const gid = await attempt('id', ['-g', user]);
    if (uid.code === 0 && gid.code === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('PostgreSQL refuses root, and there is no user postgres or nobody');
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
