import { sql, type ExpressionBuilder, type Selectable } from 'kysely';
import { isProjectScope, type AnyScope, type ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { readKeyset, type KeysetOrder } from '../../db/keyset.ts';
import { conditionsOf, orderOf, readPage, type ListColumns } from '../../db/list-filter.ts';
import type { LabelTable, Tables } from '../../db/tables.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import { COUNTED_USES } from './contract.ts';
import type { LabelScope, LabelText } from './rules.ts';

export interface Label extends LabelText {
  readonly id: number;
  readonly scope: LabelScope;
  /** Null for one of the whole registry. */
  readonly projectId: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

const COLUMNS: ListColumns = {
  name: { ref: 'label.name', kind: 'text' },
  id: { ref: 'label.id', kind: 'number' },
  label_id: { ref: 'label.id', kind: 'number' },
  description: { ref: 'label.description', kind: 'text' },
  color: { ref: 'label.color', kind: 'text' },
  scope: { ref: 'label.scope', kind: 'text' },
  project_id: { ref: 'label.project_id', kind: 'number' },
  creation_time: { ref: 'label.created_at', kind: 'time' },
  update_time: { ref: 'label.updated_at', kind: 'time' },
};

export const toLabel = (row: Selectable<LabelTable>): Label => ({
  id: row.id,
  name: row.name,
  description: row.description,
  color: row.color,
  scope: row.scope,
  projectId: row.project_id,
  createdAtMs: row.created_at,
  updatedAtMs: row.updated_at,
});

/** Only rows of this project, or only those of the whole registry. */
const within = (scope: AnyScope | 'registry') => (eb: ExpressionBuilder<Tables, 'label'>) =>
  scope !== 'registry' && isProjectScope(scope)
    ? eb('label.project_id', '=', scope.projectId)
    : eb('label.project_id', 'is', null);

/** Labels that artifacts of the project may carry: its own, and the registry's. */
export const usableIn = (scope: ProjectScope) => (eb: ExpressionBuilder<Tables, 'label'>) =>
  eb.or([eb('label.project_id', '=', scope.projectId), eb('label.project_id', 'is', null)]);

export async function selectLabels(
  db: Db,
  of: ProjectScope | 'registry',
  asked: { namePart?: string; request: ListRequest },
): Promise<ResultPage<Label>> {
  const { namePart, request } = asked;
  const conditions = conditionsOf(COLUMNS, [
    ...request.filters,
    ...(namePart ? [{ key: 'name', op: 'contains', value: namePart } as const] : []),
  ]);
  const query = db
    .selectFrom('label')
    .selectAll('label')
    .where(within(of))
    .where((eb) => eb.and(conditions));
  const order = orderOf(COLUMNS, request.sort, {
    by: [{ key: 'name', descending: false }],
    unique: 'label.id',
  });
  const page = await readPage(query, order, request);
  return { items: page.items.map(toLabel), total: page.total };
}

const ORDER: KeysetOrder = { columns: COLUMNS, by: { key: 'name', descending: false }, unique: 'label.id' };

/** A label and how many artifacts carry it, counted up to {@link COUNTED_USES}. */
export interface UsedLabel extends Label {
  readonly uses: number;
}

/** The labels of the scope from a position on, by name unless sorted otherwise. */
export async function selectUsedLabels(
  db: Db,
  scope: AnyScope,
  request: KeysetRequest,
): Promise<KeysetPage<UsedLabel>> {
  const uses = sql<number>`(select count(*) from (select 1 as one from artifact_label where label_id = label.id limit ${COUNTED_USES}) as carried)`;
  const query = db
    .selectFrom('label')
    .selectAll('label')
    .select(uses.as('uses'))
    .where(within(scope))
    .where((eb) => eb.and(conditionsOf(COLUMNS, request.filters)));
  const page = await readKeyset(query, ORDER, request);
  return { items: page.items.map((row) => ({ ...toLabel(row), uses: Number(row.uses) })), next: page.next };
}

export async function selectLabel(db: Db, scope: AnyScope, id: number): Promise<Label | undefined> {
  const row = await db
    .selectFrom('label')
    .selectAll('label')
    .where('label.id', '=', id)
    .where(within(scope))
    .executeTakeFirst();
  return row && toLabel(row);
}

/** Where the label lies; undefined where there is none. For the access hook, which has no scope yet. */
export async function selectOwner(db: Db, id: number): Promise<{ projectId: number | null } | undefined> {
  const row = await db.selectFrom('label').select('project_id').where('id', '=', id).executeTakeFirst();
  return row && { projectId: row.project_id };
}

export async function insertLabel(
  tx: Tx,
  scope: AnyScope,
  label: LabelText & { readonly nowMs: number },
): Promise<number> {
  const { id } = await tx
    .insertInto('label')
    .values({
      name: label.name,
      description: label.description,
      color: label.color,
      scope: isProjectScope(scope) ? 'p' : 'g',
      project_id: isProjectScope(scope) ? scope.projectId : null,
      created_at: label.nowMs,
      updated_at: label.nowMs,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** The label as it is, with its row held until the transaction ends, so that two changes at once follow each other. */
export async function holdLabel(tx: Tx, scope: AnyScope, id: number): Promise<Label | undefined> {
  const row = await tx
    .updateTable('label')
    .set((eb) => ({ updated_at: eb.ref('label.updated_at') }))
    .where('label.id', '=', id)
    .where(within(scope))
    .returningAll()
    .executeTakeFirst();
  return row && toLabel(row);
}

export async function updateLabel(
  tx: Tx,
  scope: AnyScope,
  change: LabelText & { readonly id: number; readonly nowMs: number },
): Promise<void> {
  await tx
    .updateTable('label')
    .set({
      name: change.name,
      description: change.description,
      color: change.color,
      updated_at: change.nowMs,
    })
    .where('label.id', '=', change.id)
    .where(within(scope))
    .execute();
}

/** Artifacts lose it with its row. */
export async function deleteLabel(tx: Tx, scope: AnyScope, id: number): Promise<void> {
  await tx.deleteFrom('label').where('label.id', '=', id).where(within(scope)).execute();
}

/** All labels of a project that is being deleted. */
export async function deleteLabelsOf(tx: Tx, scope: ProjectScope): Promise<void> {
  await tx.deleteFrom('label').where('project_id', '=', scope.projectId).execute();
}
