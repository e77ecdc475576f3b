import type { ProjectScope } from '../../access/scope.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { readEntry } from './metadata-rules.ts';
import { holdMetadata, putMetadata, selectMetadata, type Metadata } from './metadata-store.ts';

export interface MetadataDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
}

/** The metadata of a project, one key at a time. All throw `not_found` for a key that it has not, or a project that is gone. */
export interface ProjectMetadata {
  /** All of it, `public` included. */
  list(scope: ProjectScope): Promise<Metadata>;
  get(scope: ProjectScope, key: string): Promise<Metadata>;
  /** Sets a key that is not set. Throws `bad_request`, or `conflict` where it is; `public` always is. */
  add(scope: ProjectScope, given: Metadata): Promise<void>;
  /** Sets a key that is set; the request names it as the path does. Throws `bad_request`. */
  update(scope: ProjectScope, key: string, given: Metadata): Promise<void>;
  /** Takes a key away; without `public` a project is private, so that is what it becomes. */
  delete(scope: ProjectScope, key: string): Promise<void>;
}

/** Only what the object itself has: a path may say "constructor". */
const has = (metadata: Metadata, key: string): boolean => Object.hasOwn(metadata, key);

/**
 * The values of a change as they were and as they become, for the log; null where a key is not set. Pure.
 */
export function describeChange(
  before: Metadata,
  values: Metadata,
): { before: Record<string, string | null>; after: Record<string, string | null> } {
  const keys = Object.keys(values);
  return {
    before: Object.fromEntries(keys.map((key) => [key, before[key] ?? null])),
    after: Object.fromEntries(
      keys.map((key) => [key, values[key] || (key === 'public' ? 'false' : null)] as const),
    ),
  };
}

/** Changes the metadata of a project with its row held, writes down who did it, and tells listeners. */
export async function changeMetadata(
  { clock, outbox, audit }: Omit<MetadataDeps, 'db'>,
  at: { readonly tx: Tx; readonly scope: ProjectScope },
  decide: (before: Metadata) => Metadata,
): Promise<void> {
  const { tx, scope } = at;
  const { projectId, project } = scope;
  const before = await holdMetadata(tx, scope, clock.now());
  if (!before) throw notFound('project', project.name);
  const values = decide(before);
  await putMetadata(tx, scope, values);
  const change = describeChange(before, values);
  const set = Object.entries(values).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  await audit.record(tx, {
    actor: scope,
    operation: 'update',
    resourceType: 'project',
    resource: project.name,
    projectId,
    description: `update project: ${project.name}: ${set.join(', ') || 'nothing'}`,
    change,
  });
  const becamePrivate =
    before['public'] === 'true' && Object.hasOwn(values, 'public') && values['public'] !== 'true';
  await outbox.record(tx, {
    kind: 'project.updated',
    payload: { projectId, projectName: project.name, ...(becamePrivate ? { becamePrivate } : {}) },
  });
}

export function createProjectMetadata(deps: MetadataDeps): ProjectMetadata {
  const { db } = deps;

  const change = (scope: ProjectScope, decide: (before: Metadata) => Metadata): Promise<void> =>
    db.tx((tx) => changeMetadata(deps, { tx, scope }, decide));

  async function list(scope: ProjectScope): Promise<Metadata> {
    const metadata = await selectMetadata(db.read, scope);
    if (!metadata) throw notFound('project', scope.project.name);
    return metadata;
  }

  return {
    list,
    async get(scope, key) {
      const metadata = await list(scope);
      const value = has(metadata, key) ? metadata[key] : undefined;
      if (value === undefined) throw notFound('metadata', key);
      return { [key]: value };
    },
    async add(scope, given) {
      const { key, value } = readEntry(given);
      await change(scope, (before) => {
        if (has(before, key))
          throw new AppError(
            'conflict',
            `project ${scope.project.name} has the metadata ${key} already: change it with PUT`,
          );
        return { [key]: value };
      });
    },
    async update(scope, key, given) {
      const entry = readEntry(given);
      if (entry.key !== key)
        throw new AppError(
          'bad_request',
          `the path names the metadata ${JSON.stringify(key.slice(0, 80))}, the body ${entry.key}`,
        );
      await change(scope, (before) => {
        if (!has(before, key)) throw notFound('metadata', key);
        return { [key]: entry.value };
      });
    },
    async delete(scope, key) {
      await change(scope, (before) => {
        if (!has(before, key)) throw notFound('metadata', key);
        return { [key]: '' };
      });
    },
  };
}
