import type { BaseLogger } from 'pino';
import { cacheAccounts } from './access/account-cache.ts';
import { decideProject } from './access/decide.ts';
import { cacheDirectory } from './access/directory-cache.ts';
import type { Principal, UserPrincipal } from './access/principal.ts';
import { DEFAULT_LIMITS, type Limits } from './config/schema.ts';
import type { Database } from './db/database.ts';
import {
  createActivity,
  createBlobService,
  createListings,
  createManifestService,
  createRecords,
  createUploadIntake,
  createRepositoryMarks,
  type PushGuard,
} from './domain/artifacts/index.ts';
import { createAuditLog } from './domain/audit/index.ts';
import { createMembers } from './domain/members/index.ts';
import { createProjects } from './domain/projects/index.ts';
import { createEventStreams, createSystem, guessClient } from './domain/system/index.ts';
import { createUsers, type FirstAdmin } from './domain/users/index.ts';
import { createAuditTrail } from './events/audit.ts';
import { createDispatcher } from './events/dispatch.ts';
import { createOutbox } from './events/outbox.ts';
import type { JobHandlers } from './jobs/catalogue.ts';
import { purgeRecords } from './jobs/purge-records.ts';
import { createJobQueue } from './jobs/queue.ts';
import { createJobRunner } from './jobs/runner.ts';
import type { Clock } from './lib/clock.ts';
import { createMarks } from './lib/freshness.ts';
import type { Ids } from './lib/ids.ts';
import { VERSION } from './lib/version.ts';
import { createIdentity, createLogin, createSessions } from './login/index.ts';
import { createHotReplies } from './oci/hot-replies.ts';
import type { BlobStorage } from './storage/port.ts';
import { rememberSmallBlobs } from './storage/small-blobs.ts';
import { loadTokenKeys } from './token/keys.ts';
import { createTokenService } from './token/service.ts';

/** What comes from outside; tests give a clock that they can move and a storage in memory. */
export interface Outside {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: BaseLogger;
  /** The server of a desktop shell, whose guide sets the first password. */
  readonly desktop: boolean;
  readonly uploadIdleMs: number;
  /** How people tell this instance from others. */
  readonly instanceName: string;
  /** Asked in this order before anything is pushed. */
  readonly pushGuards?: readonly PushGuard[];
  readonly limits?: Limits;
}

export type Context = Awaited<ReturnType<typeof createContext>>;

/** Whether the blob storage takes a write; rejects when it does not. */
async function checkStorage(storage: BlobStorage, ids: Ids): Promise<void> {
  const uploadId = ids.uuid();
  await storage.createUpload(uploadId);
  await storage.cancelUpload(uploadId);
}

/** Builds every service once, in order, by hand: this file is the whole wiring. */
export async function createContext(outside: Outside) {
  const { db, clock, ids, logger } = outside;
  const storage = rememberSmallBlobs(outside.storage);
  const fail = (what: string) => (error: unknown) => logger.error(error, what);

  // Facts and background work. The three wake each other, so the wake-ups are bound late.
  const queue = createJobQueue({ db, clock, wake: () => runner.wake() });
  const dispatcher = createDispatcher({
    db,
    queue,
    clock,
    onFailure: fail('events could not be dispatched'),
  });
  const outbox = createOutbox({ clock, wake: () => dispatcher.wake() });
  const audit = createAuditTrail({ clock });

  // People and projects.
  const users = createUsers({ db, clock, ids, audit, outbox });
  const projects = createProjects({ db, clock, outbox, audit });
  const directory = cacheDirectory(projects);
  const rightsMarks = createMarks(1);
  /** Fresh while no account, project or member has changed. */
  const rights = () => rightsMarks.of('all');
  outbox.onDurable(({ kind }) => {
    if (!kind.startsWith('project.') && kind !== 'member.changed' && kind !== 'user.changed') return;
    directory.drop();
    rightsMarks.changeAll();
  });
  const members = createMembers({ db, clock, outbox, audit, users });
  const sessions = createSessions({ db, clock, ids });
  const login = createLogin({ users, clock });
  const { sessionOf, identify, identifyAgain } = createIdentity({ login, sessions });

  // What is stored.
  const activity = createActivity({ db, audit, clock, onFailure: fail('pulls could not be counted') });
  const { pushGuards: guards = [], limits = DEFAULT_LIMITS } = outside;
  const intake = createUploadIntake({ db, clock, guards, limits });
  const blobs = createBlobService({ db, storage, outbox, activity, intake, clock, ids });
  const marks = createRepositoryMarks(outbox);
  const manifests = createManifestService({ guards, db, storage, outbox, audit, activity, marks, clock });
  const hotReplies = createHotReplies({ ids, clock });
  const listings = createListings({ db });
  const records = createRecords({ db, storage, outbox, audit, clock });
  const tokens = createTokenService({
    db,
    keys: await loadTokenKeys({ db, clock }),
    projects: directory,
    clock,
    ids,
  });

  // Observers.
  const auditLog = createAuditLog({ db });
  const streams = createEventStreams({
    dispatcher,
    projects,
    clock,
    onFailure: fail('an event stream broke'),
  });
  const system = createSystem({
    db,
    clock,
    audit,
    users,
    identity: {
      version: VERSION,
      instanceName: outside.instanceName,
      desktop: outside.desktop,
      storageName: storage.name,
    },
    checks: { registry: () => checkStorage(storage, ids) },
    onIll: (component, error) => logger.error(error, `${component} is ill`),
  });

  const handlers: JobHandlers = {
    'uploads.drop': async ({ projectId, repositoryName, occurredAtMs }, { signal }) => {
      await blobs.dropUploads(
        { projectId, repository: repositoryName, createdUntilMs: occurredAtMs },
        signal,
      );
    },
    'uploads.purge': async (_payload, { signal, log }) => {
      const dropped = await blobs.dropUploads({ idleBeforeMs: clock.now() - outside.uploadIdleMs }, signal);
      if (dropped > 0) log(`dropped ${dropped} uploads that nobody went on with`);
    },
    'records.purge': async () => {
      await purgeRecords(db, clock.now());
      await sessions.purge();
      await tokens.purge();
    },
  };
  const runner = createJobRunner({
    db,
    queue,
    handlers,
    clock,
    owner: ids.uuid(),
    log: (text, error) => (error === undefined ? logger.info(text) : logger.error(error, text)),
  });

  const principalById = cacheAccounts(rights, async (userId): Promise<UserPrincipal | undefined> => {
    const user = await users.findById(userId);
    return (
      user && { kind: 'user', userId: user.id, username: user.username, isAdmin: user.isAdmin, via: 'token' }
    );
  });

  async function pullableProjects(principal: Principal): Promise<readonly number[] | 'all'> {
    if (principal.kind === 'user' && principal.isAdmin) return 'all';
    const page = await projects.list({
      principal,
      filter: {},
      request: { filters: [], sort: [], limit: 10_000, offset: 0 },
    });
    const allowed = page.items.filter((project) =>
      decideProject(principal, 'repository:pull', {
        project,
        roles: project.role === null ? [] : [project.role],
      }),
    );
    return allowed.map((project) => project.id);
  }

  return {
    clock,
    ids,
    db,
    storage,
    users,
    projects,
    directory,
    members,
    sessions,
    login,
    blobs,
    manifests,
    listings,
    records,
    tokens,
    auditLog,
    audit,
    system,
    streams,
    sessionOf,
    identify,
    identifyAgain,
    dispatcher,
    principalById,
    rights,
    marks,
    hotReplies,
    pullableProjects,
    isAdminPasswordSet: () => users.isAdminPasswordSet(),
    /** Tells the first-run guide who signed in with which client; failing at it fails nothing. */
    noteTokenSignIn({ principal, userAgent }: { principal: Principal; userAgent: string }): void {
      if (principal.kind !== 'user') return;
      const payload = { username: principal.username, client: guessClient(userAgent) };
      db.tx((tx) => outbox.record(tx, { kind: 'login.token', payload })).catch(
        fail('a sign-in could not be noted'),
      );
    },
    /** Makes what exists from the start: the administrator and the project `library`. */
    async prepare(first: {
      password: string | undefined;
      whenMissing: FirstAdmin['whenMissing'];
    }): Promise<{ readonly generated?: string }> {
      const { password, whenMissing } = first;
      const made = await users.ensureAdmin({ whenMissing, ...(password === undefined ? {} : { password }) });
      await projects.ensureLibrary();
      await blobs.settleUploads();
      return made;
    },
    /** Begins background work. */
    start(): void {
      dispatcher.start();
      runner.start();
    },
    /** Resolves when no event and no due job is left: tests wait for this instead of sleeping. */
    async idle(): Promise<void> {
      await activity.flush();
      await dispatcher.idle();
      await runner.idle();
    },
    /** Ends background work and writes what is counted; before the database closes. */
    async stop(): Promise<void> {
      await runner.stop();
      await dispatcher.stop();
      await activity.stop();
    },
  };
}
