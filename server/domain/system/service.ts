import type { Principal } from '../../access/principal.ts';
import type { Actor } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import type { DatabaseKind } from '../../db/kind.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Volume } from '../../storage/free-space.ts';
import type { Users } from '../users/index.ts';
import {
  insertSetting,
  selectDatabaseFacts,
  selectOne,
  selectSetting,
  selectStatistics,
  selectStorageBytes,
  wasArtifactPushed,
  type DatabaseFacts,
  type Statistics,
} from './store.ts';

/** What this server says about itself. */
export interface Identity {
  readonly version: string;
  /** How people tell this instance from others. */
  readonly instanceName: string;
  /** Whether it runs under the desktop shell. */
  readonly desktop: boolean;
  /** The storage driver's name. */
  readonly storageName: string;
}

export interface StoragePlace {
  readonly folder: string;
  readonly floorOf: (totalBytes: number) => number;
}

export interface SystemDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly users: Pick<Users, 'isAdminPasswordSet' | 'setAdminPassword'>;
  readonly identity: Identity;
  /** Health of what is not the database: by component's name, a check that rejects when it is ill. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  /** The volume that the data lies on; left out where the storage has none. */
  readonly readVolume?: (() => Promise<Volume>) | undefined;
  /** The folder of the data, and what has to stay free of a volume of so many bytes; left out where there is none. */
  readonly place?: StoragePlace | undefined;
  /** Hears of each failed check, for the log: callers are not told what exactly failed. */
  readonly onIll: (component: string, error: unknown) => void;
}

export interface ComponentHealth {
  readonly name: string;
  readonly healthy: boolean;
  /** What its check took. */
  readonly ms: number;
}

/** What the storage and the database hold, in bytes. */
export interface StorageState {
  /** Undefined where the storage has no folder. */
  readonly folder: string | undefined;
  readonly blobBytes: number;
  readonly volume: (Volume & { readonly floorBytes: number }) | undefined;
  readonly database: DatabaseFacts & { readonly kind: DatabaseKind };
}

export interface FirstRun {
  /** No artifact was ever pushed, and nobody skipped the guide. */
  readonly pending: boolean;
  readonly adminPasswordSet: boolean;
}

export interface System {
  readonly identity: Identity;
  /** Checks every component now, by name in order. */
  health(): Promise<readonly ComponentHealth[]>;
  statistics(principal: Principal): Promise<Statistics>;
  /** The volume that the data lies on, as it is now; undefined where the storage has none. */
  volume(): Promise<Volume | undefined>;
  /** What is stored, and how much more fits. */
  storage(): Promise<StorageState>;
  firstRun(): Promise<FirstRun>;
  /** Ends the first-run guide for good. */
  skipFirstRun(actor: Actor): Promise<void>;
  /** The administrator's first password: the given one or one made up. Throws `conflict` when one is set. */
  setAdminPassword: Users['setAdminPassword'];
  now(): number;
}

const SKIPPED = 'first_run.skipped';
const CHECK_LIMIT_MS = 5_000;

export function createSystem(deps: SystemDeps): System {
  const { db, clock } = deps;
  // Once over, the first run never comes back; asking again and again would scan the log of an emptied registry.
  let isFirstRunOver = false;
  let checking: Promise<readonly ComponentHealth[]> | undefined;

  async function isWell(name: string, check: () => Promise<void>): Promise<boolean> {
    const limit = new AbortController();
    try {
      const late = clock.sleep(CHECK_LIMIT_MS, limit.signal).then(() => {
        if (!limit.signal.aborted) throw new Error(`${name} did not answer in ${CHECK_LIMIT_MS} ms`);
      });
      await Promise.race([check(), late]);
      return true;
    } catch (error) {
      deps.onIll(name, error);
      return false;
    } finally {
      limit.abort();
    }
  }

  async function isPending(): Promise<boolean> {
    if (isFirstRunOver) return false;
    isFirstRunOver =
      (await selectSetting(db.read, SKIPPED)) !== undefined || (await wasArtifactPushed(db.read));
    return !isFirstRunOver;
  }

  async function checkAll(): Promise<readonly ComponentHealth[]> {
    // That this runs at all is the check of "core".
    const checks = { core: () => Promise.resolve(), database: () => selectOne(db.read), ...deps.checks };
    const components = Object.entries(checks).map(async ([name, check]) => {
      const beganAt = clock.now();
      const healthy = await isWell(name, check);
      return { name, healthy, ms: clock.now() - beganAt };
    });
    return (await Promise.all(components)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  return {
    identity: deps.identity,
    now: () => clock.now(),
    health() {
      // Anybody may ask, and a check may write: who asks meanwhile shares the answer.
      checking ??= checkAll().finally(() => (checking = undefined));
      return checking;
    },
    statistics: (principal) => selectStatistics(db.read, principal),
    async volume() {
      return deps.readVolume?.();
    },
    async storage() {
      const [volume, blobBytes, facts] = await Promise.all([
        deps.readVolume?.(),
        selectStorageBytes(db.read),
        selectDatabaseFacts(db.read, db.kind),
      ]);
      const floorBytes = deps.place?.floorOf(volume?.totalBytes ?? 0) ?? 0;
      return {
        folder: deps.place?.folder,
        blobBytes,
        volume: volume && { ...volume, floorBytes },
        database: { kind: db.kind, ...facts },
      };
    },
    async firstRun() {
      const [pending, adminPasswordSet] = await Promise.all([isPending(), deps.users.isAdminPasswordSet()]);
      return { pending, adminPasswordSet };
    },
    async skipFirstRun(actor) {
      await db.tx(async (tx) => {
        await insertSetting(tx, SKIPPED, 'true');
        await deps.audit.record(tx, {
          actor,
          operation: 'update',
          resourceType: 'configuration',
          resource: SKIPPED,
        });
      });
    },
    setAdminPassword: (actor, password) => deps.users.setAdminPassword(actor, password),
  };
}
