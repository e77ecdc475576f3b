import { isProjectScope, type AnyScope, type ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditEntry, AuditTrail } from '../../events/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import { ensureLiveProject } from '../projects/index.ts';
import { attachLabel, detachLabel, type Carried } from './carried.ts';
import { readLabelText, type LabelRequest, type LabelText } from './rules.ts';
import {
  deleteLabel,
  deleteLabelsOf,
  holdLabel,
  insertLabel,
  selectLabel,
  selectLabels,
  selectOwner,
  selectUsedLabels,
  updateLabel,
  type Label,
  type UsedLabel,
} from './store.ts';

export interface LabelsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: AuditTrail;
}

export interface Labels {
  /** The labels of a project, or of the registry, by name unless sorted otherwise. */
  list(
    of: ProjectScope | 'registry',
    asked: { readonly namePart?: string; readonly request: ListRequest },
  ): Promise<ResultPage<Label>>;
  /** Those of the scope from a position on, each with how many artifacts carry it. */
  listAfter(scope: AnyScope, request: KeysetRequest): Promise<KeysetPage<UsedLabel>>;
  /** Makes a label where the scope says and resolves to its id. Throws `bad_request`, or `conflict` for a taken name. */
  create(scope: AnyScope, request: LabelRequest): Promise<number>;
  /** Throws `not_found`, also for a label of another project. */
  get(scope: AnyScope, id: number): Promise<Label>;
  /** Sets name, description and colour; where the label lies never changes. Throws as `create` and `get` do. */
  update(scope: AnyScope, id: number, request: LabelRequest): Promise<void>;
  /** Artifacts lose it too. Throws `not_found`. */
  delete(scope: AnyScope, id: number): Promise<void>;
  /** Where the label lies, for the decision who may touch it: null is the whole registry. */
  ownerOf(id: number): Promise<{ readonly projectId: number | null } | undefined>;
  /** Deletes the labels of a project, in the transaction that deletes it. */
  deleteOf(tx: Tx, scope: ProjectScope): Promise<void>;
  /** See {@link attachLabel}. */
  attach(tx: Tx, scope: ProjectScope, carried: Carried): Promise<Label>;
  /** See {@link detachLabel}. */
  detach(tx: Tx, scope: ProjectScope, carried: Carried): Promise<Label>;
}

const told = ({ name, description, color }: LabelText): Record<string, string> => ({
  name,
  description,
  color,
});

export function createLabels({ db, clock, audit }: LabelsDeps): Labels {
  function record(
    tx: Tx,
    scope: AnyScope,
    entry: Pick<AuditEntry, 'operation' | 'change'> & { readonly name: string },
  ): Promise<void> {
    const { name, ...did } = entry;
    const within = isProjectScope(scope) ? { projectId: scope.projectId } : {};
    const resource = isProjectScope(scope) ? `${scope.project.name}/${name}` : name;
    return audit.record(tx, { ...did, ...within, actor: scope, resourceType: 'label', resource });
  }

  const refuseTaken = (name: string) => (error: unknown) => {
    throw isUniqueViolation(error)
      ? new AppError('conflict', `a label ${JSON.stringify(name)} exists there already`)
      : error;
  };

  async function hold(tx: Tx, scope: AnyScope, id: number): Promise<Label> {
    const label = await holdLabel(tx, scope, id);
    if (!label) throw notFound('label', id);
    return label;
  }

  return {
    list: (of, asked) => selectLabels(db.read, of, asked),
    listAfter: (scope, request) => selectUsedLabels(db.read, scope, request),
    async create(scope, request) {
      const text = readLabelText(request);
      const add = db.tx(async (tx) => {
        const id = await insertLabel(tx, scope, { ...text, nowMs: clock.now() });
        if (isProjectScope(scope)) await ensureLiveProject(tx, scope);
        await record(tx, scope, { operation: 'create', name: text.name, change: { after: told(text) } });
        return id;
      });
      return add.catch(refuseTaken(text.name));
    },
    async get(scope, id) {
      const label = await selectLabel(db.read, scope, id);
      if (!label) throw notFound('label', id);
      return label;
    },
    async update(scope, id, request) {
      const text = readLabelText(request);
      const change = db.tx(async (tx) => {
        const before = await hold(tx, scope, id);
        await updateLabel(tx, scope, { ...text, id, nowMs: clock.now() });
        await record(tx, scope, {
          operation: 'update',
          name: before.name,
          change: { before: told(before), after: told(text) },
        });
      });
      return change.catch(refuseTaken(text.name));
    },
    async delete(scope, id) {
      await db.tx(async (tx) => {
        const before = await hold(tx, scope, id);
        await deleteLabel(tx, scope, id);
        await record(tx, scope, {
          operation: 'delete',
          name: before.name,
          change: { before: told(before) },
        });
      });
    },
    ownerOf: (id) => selectOwner(db.read, id),
    deleteOf: deleteLabelsOf,
    attach: attachLabel,
    detach: detachLabel,
  };
}
