import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import pino from 'pino';
import { createApp } from '#server/app.ts';
import { createContext, type Context } from '#server/context.ts';
import type { Database } from '#server/db/database.ts';
import { openPostgres } from '#server/db/postgres.ts';
import { openSqlite } from '#server/db/sqlite.ts';
import type { ChangeGuard } from '#server/domain/artifacts/index.ts';
import { systemClock, type Clock } from '#server/lib/clock.ts';
import { systemIds } from '#server/lib/ids.ts';
import { openFilesystemStorage } from '#server/storage/filesystem.ts';
import { readVolumeOf } from '#server/storage/free-space.ts';
import { freshDatabase } from './postgres.ts';
import { recordSeen } from './seen.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface TestServerOptions {
  /** Undefined leaves the administrator without a password, as under the desktop shell. */
  readonly adminPassword?: string | undefined;
  readonly desktop?: boolean;
  readonly clock?: Clock;
  /** Default: TEST_DATABASE, else SQLite. */
  readonly database?: 'sqlite' | 'postgres';
  readonly listenHost?: string;
  readonly externalUrl?: string;
  /** Default: the data lies on one. */
  readonly hasVolume?: boolean;
  /** A certificate authority of the server's own, in PEM. */
  readonly caRoot?: string;
  /** Changes the database before anything reads it. */
  readonly before?: (db: Database) => Promise<unknown>;
  /** Asked before tags are set or taken away. */
  readonly changeGuards?: readonly ChangeGuard[];
}

export type TestRequest = InjectOptions & {
  /** Signs the request with Basic; `admin` is the first administrator. */
  readonly as?: 'admin' | Credentials;
};

export interface TestServer {
  readonly app: FastifyInstance;
  readonly context: Context;
  readonly admin: Credentials;
  inject(request: TestRequest): Promise<LightMyRequestResponse>;
  /** Resolves when all background work is done. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const PASSWORD = 'Berth-Test-1';

interface Opened {
  readonly db: Database;
  readonly dispose: () => Promise<void>;
}

async function openDatabase(kind: 'sqlite' | 'postgres', folder: string): Promise<Opened> {
  if (kind === 'sqlite') return { db: await openSqlite(folder), dispose: () => Promise.resolve() };
  const fresh = await freshDatabase();
  if (!fresh) throw new Error('TEST_DATABASE=postgres, but this run has no PostgreSQL');
  return { db: await openPostgres(fresh.url), dispose: fresh.dispose };
}

/** Has the reply judged by Harbor's contract, and written down for the table of proved operations. */
function recordReply(request: InjectOptions, response: LightMyRequestResponse): void {
  const { url = '', query = {} } = request;
  const asked = typeof query === 'string' ? query : new URLSearchParams(query as Record<string, string>);
  const path = typeof url === 'string' ? url : `${url.pathname}`;
  recordSeen({
    method: (request.method ?? 'GET').toUpperCase(),
    url: String(asked) === '' ? path : `${path}?${String(asked)}`,
    status: response.statusCode,
    headers: response.headers,
    body: request.payloadAsStream === true ? undefined : response.body,
  });
}

/** The whole server in this process, on a temporary folder and a real database, without a socket. */
export async function makeServer(options: TestServerOptions = {}): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-test-'));
  const kind = options.database ?? (process.env['TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite');
  const { db, dispose } = await openDatabase(kind, folder);
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'fatal' });
  const storage = await openFilesystemStorage(folder);
  await options.before?.(db);
  const context = await createContext({
    db,
    storage,
    clock: options.clock ?? systemClock,
    ids: systemIds,
    logger,
    desktop: options.desktop ?? false,
    uploadIdleMs: 24 * 3600 * 1000,
    instanceName: 'Test berth',
    ...(options.changeGuards ? { changeGuards: options.changeGuards } : {}),
    ...(options.hasVolume === false ? {} : { readVolume: () => readVolumeOf(folder) }),
  });
  const password = 'adminPassword' in options ? options.adminPassword : PASSWORD;
  await context.prepare({ password, whenMissing: 'leave-unset' });
  const app = await createApp(context, {
    console: { ready: () => Promise.reject(new Error('tests of the API have no console')) },
    address: { fallbackHost: 'registry.test', externalUrl: options.externalUrl },
    listenHost: options.listenHost ?? '0.0.0.0',
    caRoot: () => options.caRoot,
    logger,
  });
  await app.ready();
  context.start();
  const admin = { username: 'admin', password: password ?? '' };

  return {
    app,
    context,
    admin,
    async inject({ as, ...request }) {
      const who = as === 'admin' ? admin : as;
      const basic = who && `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`;
      const response = await app.inject({
        ...request,
        headers: { ...(basic ? { authorization: basic } : {}), ...request.headers },
      });
      recordReply(request, response);
      return response;
    },
    idle: () => context.idle(),
    async close() {
      await app.close();
      await context.stop();
      await storage.close();
      await db.close();
      await dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
