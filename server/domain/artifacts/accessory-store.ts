import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import { conditionsOf, orderOf, readPage, type ListColumns } from '../../db/list-filter.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { ArtifactRow } from './artifact-store.ts';

/** What belongs to an artifact, as an artifact of the same repository. */
export interface AccessoryRow {
  readonly artifact_id: number;
  readonly repository_id: number;
  readonly digest: string;
  readonly size_bytes: number;
  readonly type: string;
  readonly subject_digest: string;
  readonly pushed_at: number;
}

/** What must be known of the artifact whose accessories are wanted. */
export type Subject = Pick<ArtifactRow, 'id' | 'repository_id' | 'digest'>;

const COLUMNS: ListColumns = {
  id: { ref: 'artifact.id', kind: 'number' },
  artifact_id: { ref: 'artifact.id', kind: 'number' },
  subject_artifact_digest: { ref: 'artifact.accessory_subject', kind: 'text' },
  size: { ref: 'artifact.size_bytes', kind: 'number' },
  digest: { ref: 'artifact.digest', kind: 'text' },
  type: { ref: 'artifact.accessory_type', kind: 'text' },
  creation_time: { ref: 'artifact.pushed_at', kind: 'time' },
};

const accessoriesOf = (db: Db, subject: Subject) =>
  db
    .selectFrom('artifact')
    .where('artifact.repository_id', '=', subject.repository_id)
    .where('artifact.accessory_subject', '=', subject.digest);

type Accessories = ReturnType<typeof accessoriesOf>;

const selected = (query: Accessories) =>
  query.select([
    'artifact.id as artifact_id',
    'artifact.repository_id',
    'artifact.digest',
    'artifact.size_bytes',
    sql<string>`artifact.accessory_type`.as('type'),
    sql<string>`artifact.accessory_subject`.as('subject_digest'),
    'artifact.pushed_at',
  ]);

/** Accessories of one artifact, in the order of their numbers unless sorted otherwise. */
export function selectAccessories(
  db: Db,
  subject: Subject,
  request: ListRequest,
): Promise<ResultPage<AccessoryRow>> {
  const query = accessoriesOf(db, subject).where((eb) => eb.and(conditionsOf(COLUMNS, request.filters)));
  const order = orderOf(COLUMNS, request.sort, {
    by: [{ key: 'id', descending: false }],
    unique: 'artifact.id',
  });
  return readPage(selected(query), order, request);
}

/** Accessories that a page shows of its artifacts together; where there are more, at least {@link LEAST} of each. */
const PAGE_MOST = 1_000;
const LEAST = 10;
/** SQLite takes 500 selects in one. */
const MAX_UNITED = 100;

/** The first accessories of each of these artifacts: one indexed look for each, a hundred in a query. */
export async function selectAccessoriesOf(db: Db, subjects: readonly Subject[]): Promise<AccessoryRow[]> {
  const limit = Math.max(LEAST, Math.floor(PAGE_MOST / Math.max(1, subjects.length)));
  const rows: AccessoryRow[] = [];
  for (let i = 0; i < subjects.length; i += MAX_UNITED) {
    const [first, ...others] = subjects
      .slice(i, i + MAX_UNITED)
      .map((subject) =>
        db
          .selectFrom(
            selected(accessoriesOf(db, subject))
              .orderBy('artifact.accessory_subject')
              .orderBy('artifact.id')
              .limit(limit)
              .as('first'),
          )
          .selectAll(),
      );
    if (!first) return rows;
    rows.push(...(await others.reduce((united, next) => united.unionAll(next), first).execute()));
  }
  return rows;
}
