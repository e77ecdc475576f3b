import { writeTime } from '../../lib/wire.ts';
import type { AuditDetail } from './store.ts';

/** Entries in one file; who needs more asks for spans of time one after the other. */
export const MAX_EXPORTED = 100_000;

const HEAD = [
  'time',
  'username',
  'operation',
  'resource_type',
  'resource',
  'result',
  'address',
  'request_id',
  'project_id',
  'description',
];

/** What a spreadsheet takes for the beginning of a formula, full-width forms included. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;
/** The same behind what some languages' spreadsheets divide cells by. */
const FORMULA_INSIDE = /([;\t\r\n])(?=\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/**
 * A text as one quoted cell. Names in the log are whatever somebody sent: one that a spreadsheet would compute gets an
 * apostrophe in front, and stays text. Pure.
 */
export function csvCell(text: string): string {
  const tame = text.replaceAll(FORMULA_INSIDE, "$1'");
  return `"${(FORMULA.test(tame) ? `'${tame}` : tame).replaceAll('"', '""')}"`;
}

const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** The mark tells spreadsheets that it is UTF-8. */
export const csvHead = (): string => `\uFEFF${csvLine(HEAD)}`;

export function csvEntry(entry: AuditDetail): string {
  return csvLine([
    writeTime(entry.atMs),
    entry.username,
    entry.operation,
    entry.resourceType,
    entry.resource,
    entry.succeeded ? 'done' : 'refused',
    entry.address,
    entry.requestId,
    entry.projectId === null ? '' : String(entry.projectId),
    entry.description,
  ]);
}

/** The last line of a file that ends before the log does. */
export function csvCut(): string {
  const told = `Cut after ${MAX_EXPORTED} entries: ask for a shorter span of time`;
  return csvLine(HEAD.map((name) => (name === 'description' ? told : '')));
}
