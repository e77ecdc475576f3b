import { sql, type SqlBool } from 'kysely';
import type { Condition } from '../../db/list-filter.ts';
import { AppError } from '../../lib/errors.ts';
import type { Filter } from '../../lib/list-query.ts';

const PART = /^[A-Za-z0-9._-]{1,40}$/;

/** A member of a JSON text as `JSON.stringify` writes it; inside a string its quotes would be escaped. */
const holding = (column: string, members: readonly (readonly [string, string])[]): Condition => {
  const meets = members.map(([name, value]) => {
    const member = `"${name}":"${value.replaceAll('_', '\\_')}"`;
    return sql`${sql.ref(column)} like ${`%${member}%`} escape '\\'`;
  });
  return sql<SqlBool>`(${sql.join(meets, sql` and `)})`;
};

/**
 * `platform=arm64`, `platform=linux/arm64` or `platform=linux/arm/v7`: images for it, and indexes that list one. Throws
 * `bad_request` for any other form.
 */
export function platformCondition(filter: Filter): Condition {
  const parts = filter.op === 'equals' ? filter.value.split('/') : [];
  if (parts.length === 0 || parts.length > 3 || !parts.every((part) => PART.test(part)))
    throw new AppError('bad_request', 'q: platform is written platform=arm64 or platform=linux/arm64');
  const [os, architecture, variant] = parts.length === 1 ? [undefined, ...parts] : parts;
  const of = (name: string, value: string | undefined): [string, string][] => (value ? [[name, value]] : []);
  const base = [...of('architecture', architecture), ...of('os', os)];
  const child = holding('child.platform', [...base, ...of('variant', variant)]);
  const listed = sql`exists (select 1 from artifact_reference child
    where child.artifact_id = artifact.id and child.role = 'child' and ${child})`;
  // An image's config tells no variant to a list.
  return variant
    ? sql<SqlBool>`${listed}`
    : sql<SqlBool>`(${holding('artifact.extra_attrs', base)} or ${listed})`;
}
