import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import type { DatabaseKind } from '../kind.ts';
import type { Tables } from '../tables.ts';
import { createInitialTables } from './0001-initial.ts';
import { createRefreshTokens } from './0002-refresh-tokens.ts';
import { addListCounters } from './0003-list-counters.ts';
import { createLabels } from './0004-labels.ts';
import { addAuditDetails } from './0005-audit.ts';
import { addSearch } from './0006-search.ts';
import { addSessionUse } from './0007-accounts.ts';
import { addAccessories } from './0008-accessories.ts';
import { addTraffic } from './0009-traffic.ts';
import { addFind } from './0010-find.ts';
import { addArchives } from './0011-archives.ts';
import { indexTagTimes } from './0012-tag-times.ts';

/** Every migration in order, imported by name so that bundling finds them. There is no way down: copies are kept. */
const MIGRATIONS: Readonly<Record<string, (db: Kysely<unknown>, kind: DatabaseKind) => Promise<void>>> = {
  '0001-initial': createInitialTables,
  '0002-refresh-tokens': createRefreshTokens,
  '0003-list-counters': addListCounters,
  '0004-labels': createLabels,
  '0005-audit': addAuditDetails,
  '0006-search': addSearch,
  '0007-accounts': addSessionUse,
  '0008-accessories': addAccessories,
  '0009-traffic': addTraffic,
  '0010-find': addFind,
  '0011-archives': addArchives,
  '0012-tag-times': indexTagTimes,
};

export const MIGRATION_NAMES: readonly string[] = Object.keys(MIGRATIONS);

/** Brings the database to this version; throws the first failure, with nothing of that migration kept. */
export async function migrate(db: Kysely<Tables>, kind: DatabaseKind): Promise<void> {
  const entries = Object.entries(MIGRATIONS).map(([name, up]): [string, Migration] => [
    name,
    { up: (tx) => up(tx, kind) },
  ]);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(Object.fromEntries(entries)) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error('the database could not be migrated', { cause: error });
}
