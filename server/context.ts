import type { BaseLogger } from 'pino';
import { cacheAccounts } from './access/account-cache.ts';
import { cacheDirectory } from './access/directory-cache.ts';
import { enterFound } from './access/enter.ts';
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
  type ChangeGuard,
  type PushGuard,
} from './domain/artifacts/index.ts';
import { createArchives, createExports } from './domain/archives/index.ts';
import { createAuditLog } from './domain/audit/index.ts';
import { createConfiguration } from './domain/configuration/index.ts';
import { createLabels } from './domain/labels/index.ts';
import { createMembers } from './domain/members/index.ts';
import { createProjectMetadata, createProjects, ensureLiveProject } from './domain/projects/index.ts';
import { createOverview } from './domain/overview/index.ts';
import { createSearch } from './domain/search/index.ts';
import { createEventStreams, createSystem, guessClient, type StoragePlace } from './domain/system/index.ts';
import { createHashing, createUsers, type FirstAdmin } from './domain/users/index.ts';
import { OPTIONAL_AUDIT_EVENT_TYPES } from './events/audit-event-types.ts';
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
import { auditLogin, createIdentity, createLogin, createSessions, limitStrangers } from './login/index.ts';
import { createHotReplies } from './oci/hot-replies.ts';
import type { Volume } from './storage/free-space.ts';
import type { BlobStorage } from './storage/port.ts';
import { rememberSmallBlobs } from './storage/small-blobs.ts';
import { loadTokenKeys } from './token/keys.ts';
import { createTokenService } from './token/service.ts';
import { createSignIns } from './token/sign-ins.ts';

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
  /** The volume that the data lies on. */
  readonly readVolume?: () => Promise<Volume>;
  /** Where on it, and what has to stay free. */
  readonly place?: StoragePlace;
  /** Asked in this order before anything is pushed. */
  readonly pushGuards?: readonly PushGuard[];
  /** Asked in this order before tags are set or taken away. */
  readonly changeGuards?: readonly ChangeGuard[];
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
  const audit = createAuditTrail({ clock, settings: () => configuration.current() });

  const configuration = await createConfiguration({
    db,
    clock,
    audit,
    outbox,
    auditEventTypes: OPTIONAL_AUDIT_EVENT_TYPES,
    warn: (sentence) => logger.warn(sentence),
    onFailure: fail('the changed configuration could not be read'),
  });

  // People and projects.
  const hashing = createHashing();
  const users = createUsers({
    db,
    clock,
    ids,
    audit,
    outbox,
    hashing,
    ties: {
      endSessions: (tx, accountId, except) => sessions.endAllOf(tx, accountId, except),
      endRefreshTokens: (tx, accountId) => tokens.refresh.endAllOf(tx, accountId),
      keepRefreshTokens: (tx, change) => tokens.refresh.keepAllOf(tx, change),
      endMemberships: (tx, accountId) => members.endAllOf(tx, accountId),
    },
    checkOwnPassword: (username, password) => passwords.verify(username, password),
  });
  const labels = createLabels({ db, clock, audit });
  const projects = createProjects({
    db,
    clock,
    outbox,
    audit,
    settings: () => configuration.current(),
    deleteContents: [(tx, scope) => labels.deleteOf(tx, scope)],
  });
  const metadata = createProjectMetadata({ db, clock, outbox, audit });
  const directory = cacheDirectory(projects);
  const rightsMarks = createMarks(1);
  /** Fresh while no account, project or member has changed. */
  const rights = () => rightsMarks.of('all');
  outbox.onDurable(({ kind }) => {
    if (!kind.startsWith('project.') && kind !== 'member.changed' && kind !== 'user.changed') return;
    directory.drop();
    rightsMarks.changeAll();
  });
  const members = createMembers({ db, clock, outbox, audit, users, ensureLiveProject });
  const sessions = createSessions({
    db,
    clock,
    ids,
    audit,
    settings: () => configuration.current(),
    onFailure: fail('the use of a session could not be written'),
  });
  const passwords = createLogin({
    users,
    clock,
    hashing,
    onFailure: fail('a renewed password hash could not be stored'),
  });
  const login = auditLogin(passwords, {
    db,
    audit,
    onFailure: fail('a wrong password could not be written to the audit log'),
  });
  const { sessionOf, identify, identifyAgain } = createIdentity({ login, sessions });
  const strangers = limitStrangers(clock);

  // What is stored.
  const overview = createOverview({
    db,
    clock,
    volume: async () => outside.readVolume?.(),
    floorOf: (totalBytes) => outside.place?.floorOf(totalBytes) ?? 0,
  });
  const activity = createActivity({
    db,
    audit,
    clock,
    writeTraffic: (tx, traffic) => overview.writeTraffic(tx, traffic),
    onFailure: fail('pulls could not be counted'),
  });
  outbox.onDurable((event) => {
    if (event.kind !== 'artifact.pushed') return;
    activity.pushed(event.payload.projectId, event.payload.tags.length > 0);
  });
  const { pushGuards: guards = [], changeGuards = [], limits = DEFAULT_LIMITS } = outside;
  const intake = createUploadIntake({ db, clock, guards, limits });
  const blobs = createBlobService({ db, storage, outbox, audit, activity, intake, clock, ids });
  const marks = createRepositoryMarks(outbox);
  const stored = { db, storage, outbox, audit, clock, guards, changeGuards };
  const manifests = createManifestService({ ...stored, activity, marks });
  const archives = createArchives({ db, storage, clock, ids, intake, blobs, manifests });
  const exports = createExports({ db, storage, manifests });
  const hotReplies = createHotReplies({ ids, clock });
  const listings = createListings({ db });
  const search = createSearch({ projects, listings, users });
  const records = createRecords({
    ...stored,
    labels,
    enterSource: async (actor, name) => {
      const project = await directory.findByName(name);
      return enterFound(directory, actor, { name, project, permission: 'artifact:read' });
    },
  });
  const tokens = createTokenService({
    db,
    keys: await loadTokenKeys({ db, clock }),
    projects: directory,
    clock,
    ids,
    audit,
    settings: () => configuration.current(),
  });

  const signIns = createSignIns({
    db,
    audit,
    outbox,
    clock,
    clientOf: guessClient,
    onFailure: fail('a sign-in could not be written down'),
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
    readVolume: outside.readVolume,
    place: outside.place,
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
      const idleBeforeMs = clock.now() - outside.uploadIdleMs;
      await archives.purge(idleBeforeMs);
      const dropped = await blobs.dropUploads({ idleBeforeMs }, signal);
      if (dropped > 0) log(`dropped ${dropped} uploads that nobody went on with`);
    },
    'overview.keep': () => overview.keepDays(),
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

  /** For lists of all projects: whoever may see one may list and pull from it (access/roles.ts), and is told of no other. */
  const visibleProjects = (principal: Principal) => projects.visibleIds(principal);

  return {
    clock,
    ids,
    db,
    storage,
    users,
    projects,
    metadata,
    directory,
    members,
    labels,
    sessions,
    login,
    blobs,
    manifests,
    archives,
    exports,
    uploadIdleMs: outside.uploadIdleMs,
    listings,
    search,
    overview,
    records,
    tokens,
    signIns,
    auditLog,
    audit,
    system,
    streams,
    configuration,
    ...strangers,
    sessionOf,
    identify,
    identifyAgain,
    dispatcher,
    principalById,
    rights,
    marks,
    hotReplies,
    pullableProjects: visibleProjects,
    /** Who may see a project, may list its repositories. */
    listableProjects: visibleProjects,
    isAdminPasswordSet: () => users.isAdminPasswordSet(),
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
