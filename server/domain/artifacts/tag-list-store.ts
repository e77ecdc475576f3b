import type { Db } from '../../db/database.ts';
import { readKeyset, withTotal, type KeysetOrder } from '../../db/keyset.ts';
import { conditionsOf, containing, type ListColumns } from '../../db/list-filter.ts';
import type { Filter, KeysetPage, KeysetRequest } from '../../lib/list-query.ts';
import type { TagRow } from './artifact-store.ts';

/** A tag with what a list shows of the artifact that it names. */
export interface NamedTagRow extends TagRow {
  readonly digest: string;
  readonly size_bytes: number;
  readonly kind: string;
  readonly media_type: string;
  /** Tags that the artifact has, this one among them. */
  readonly tag_count: number;
}

// Sorted by what an index has in its order: a repository may have a million tags.
const ORDER: KeysetOrder = {
  columns: {
    name: { ref: 'tag.name', kind: 'text' },
    push_time: { ref: 'tag.pushed_at', kind: 'time' },
  },
  by: { key: 'push_time', descending: true },
  unique: 'tag.id',
};
const FILTERS: ListColumns = { ...ORDER.columns, digest: { ref: 'artifact.digest', kind: 'text' } };

function conditions(db: Db, filters: readonly Filter[]) {
  return filters.flatMap((filter) =>
    filter.op === 'contains' && filter.key === 'name'
      ? [containing(db, 'tag.name', filter.value)]
      : conditionsOf(FILTERS, [filter]),
  );
}

/** Tags of a repository from a position on, the newest first unless sorted by name. */
export async function selectNamedTagsAfter(
  db: Db,
  repositoryId: number,
  request: KeysetRequest,
): Promise<KeysetPage<NamedTagRow>> {
  const query = db
    .selectFrom('tag')
    .innerJoin('artifact', 'artifact.id', 'tag.artifact_id')
    .selectAll('tag')
    .select([
      'artifact.digest',
      'artifact.size_bytes',
      'artifact.kind',
      'artifact.media_type',
      'artifact.tag_count',
    ])
    .where('tag.repository_id', '=', repositoryId)
    .where((eb) => eb.and(conditions(db, request.filters)));
  return withTotal(await readKeyset(query, ORDER, request), request, { db, query });
}
