import { choice, optional, text } from '../../search.ts';

export type AuditSearch = ReturnType<typeof readAuditSearch>;

/** What one may search the log for, in the order of the menus. */
export const operations = ['create', 'update', 'delete', 'pull', 'login', 'logout'] as const;
export const resourceTypes = [
  'artifact',
  'tag',
  'repository',
  'project',
  'member',
  'label',
  'user',
  'session',
  'token',
  'blob',
  'configuration',
] as const;
export const spans = ['1h', '24h', '7d', '30d'] as const;
export type Span = (typeof spans)[number];

/** A moment in UTC as the address has it: to the minute. Anything else is nothing. */
function moment(value: unknown): string | undefined {
  const given = text(value);
  return given !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(given) && !Number.isNaN(Date.parse(given))
    ? given
    : undefined;
}

/** What the address of a log may hold. `entry` is the one that is open in the drawer. */
export function readAuditSearch(search: Record<string, unknown>) {
  const entry = Number(search['entry']);
  return optional({
    who: text(search['who']),
    object: text(search['object']),
    operation: choice(search['operation'], operations),
    type: choice(search['type'], resourceTypes),
    result: choice(search['result'], ['done', 'refused']),
    within: choice(search['within'], spans),
    from: moment(search['from']),
    to: moment(search['to']),
    entry: Number.isSafeInteger(entry) && entry > 0 ? entry : undefined,
  });
}
