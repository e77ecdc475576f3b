import { sql } from 'kysely';
import { conditionsOf, isColumn, type Condition, type ListColumns } from '../../db/list-filter.ts';
import type { Filter } from '../../lib/list-query.ts';

/** What the log may be filtered and sorted by, under Harbor's names. */
export const COLUMNS: ListColumns = {
  id: { ref: 'id', kind: 'number' },
  username: { ref: 'username', kind: 'text' },
  resource: { ref: 'resource', kind: 'text' },
  resource_type: { ref: 'resource_type', kind: 'text' },
  operation: { ref: 'operation', kind: 'text' },
  operation_description: { ref: 'description', kind: 'text' },
  operation_result: { ref: 'succeeded', kind: 'flag' },
  op_time: { ref: 'op_time', kind: 'time' },
  project_id: { ref: 'project_id', kind: 'number' },
};

/** A column whose index (column, op_time, id) finds what equals. */
const INDEXED = ['username', 'resource', 'resource_type', 'operation', 'op_time', 'project_id'];
/** Columns with few different texts: what contains something is looked up among them. */
const FEW_TEXTS = ['username', 'resource_type', 'operation'];

/** One condition of a search, and what the database can do with it. */
export interface Part {
  readonly condition: Condition;
  /** An index finds the rows, so that they can be counted without a look at each. */
  readonly indexed: boolean;
  /** An index has the rows in the order of time. */
  readonly ordered: boolean;
  /** It is a span of time, which is a span of the log. */
  readonly isSpan?: boolean;
  /** The column whose distinct texts are to be looked through for what `filter` contains. */
  readonly distinct?: string;
}

const columnOf = (filter: Filter): string | undefined => {
  const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();
  const found = Object.entries(COLUMNS).find(([name]) => plain(name) === plain(filter.key))?.[1];
  return found && isColumn(found) && typeof found.ref === 'string' ? found.ref : undefined;
};

/** The parts of `q`. Throws `bad_request` as {@link conditionsOf}. Pure. */
export function partsOf(filters: readonly Filter[]): Part[] {
  return filters.map((filter): Part => {
    const [condition] = conditionsOf(COLUMNS, [filter]);
    const column = columnOf(filter) ?? '';
    if (!condition) throw new Error('a filter without a condition');
    if (column === 'succeeded' && filter.op === 'equals' && /^(?:false|0)$/.test(filter.value)) {
      // Written out, since SQLite uses a partial index for no parameter.
      return { condition: sql`succeeded = 0`, indexed: true, ordered: true };
    }
    const isEqual = filter.op === 'equals' || filter.op === 'any';
    const isRange = column === 'op_time' && filter.op !== 'contains';
    return {
      condition,
      indexed: (isEqual && INDEXED.includes(column)) || isRange,
      ordered: (filter.op === 'equals' && INDEXED.includes(column)) || isRange,
      isSpan: isRange,
      ...(filter.op === 'contains' && FEW_TEXTS.includes(column) ? { distinct: column } : {}),
    };
  });
}
