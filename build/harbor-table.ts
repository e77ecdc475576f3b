/**
 * Prints which of Harbor's 203 REST operations exist here and which of them the api tests proved: one success
 * and each documented refusal seen. Run by `npm test` after the api tests, which leave what they saw in
 * TEST_SEEN_FOLDER. Fails when it has nothing to read, when an existing operation is not proved, when a property of
 * the contract was never seen and is not in test/architecture/harbor-omissions.json, or when a line of the reviewed
 * tables there is wrong or needed no more.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as surface from '#test/architecture/harbor-surface.ts';
import * as tables from '#test/architecture/harbor-surface-tables.ts';
import { readSeen, seenFolderVariable, seenOpenApi } from '#test/support/seen.ts';

const folder = process.env[seenFolderVariable];
const document = folder === undefined ? undefined : join(folder, seenOpenApi);
if (folder === undefined || document === undefined || !existsSync(document)) {
  console.error(`no openapi document in ${seenFolderVariable}: run the api tests first`);
  process.exit(1);
}
const ours = JSON.parse(readFileSync(document, 'utf8')) as surface.OpenApi;
const seen = readSeen(folder);
const unreachable = tables.readUnreachable();
const undocumented = tables.readUndocumented();
const additions = tables.readAdditions();
const omissions = tables.readOmissions();
const rows = surface.proveOperations(ours, seen, unreachable);
const wrong = [
  ...surface
    .findUncarried(ours, seen, omissions)
    .map((line) => `never carried, and not in harbor-omissions.json: ${line}`),
  ...surface.findUnneeded(ours, seen, { unreachable, undocumented, additions, omissions }),
];
console.log(surface.printTable(rows));
for (const line of wrong) console.log(line);
const unproved = rows.filter((row) => row.exists && !row.proved).length;
if (seen.length === 0)
  console.log('no reply was recorded: the wrapper around inject does not call recordSeen');
process.exitCode = unproved === 0 && wrong.length === 0 && seen.length > 0 ? 0 : 1;
