/**
 * Prints which of Harbor's 203 REST operations exist here and which of them the api tests proved: one success
 * and each documented refusal seen. Run by `npm test` after the api tests, which leave what they saw in
 * TEST_SEEN_FOLDER. Fails when it has nothing to read, when an existing operation is not proved, or when a
 * reply was seen that test/architecture/harbor-unreachable.json says cannot occur.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as surface from '#test/architecture/harbor-surface.ts';
import { readSeen, seenFolderVariable, seenOpenApi } from '#test/support/seen.ts';

const folder = process.env[seenFolderVariable];
const document = folder === undefined ? undefined : join(folder, seenOpenApi);
if (folder === undefined || document === undefined || !existsSync(document)) {
  console.error(`no openapi document in ${seenFolderVariable}: run the api tests first`);
  process.exit(1);
}
const ours = JSON.parse(readFileSync(document, 'utf8')) as surface.OpenApi;
const seen = readSeen(folder);
const unreachable = surface.readUnreachable();
const rows = surface.proveOperations(ours, seen, unreachable);
const wrong = surface.seenThoughUnreachable(seen, unreachable);
console.log(surface.printTable(rows));
for (const line of wrong) console.log(line);
const unproved = rows.filter((row) => row.exists && !row.proved).length;
if (seen.length === 0)
  console.log('no reply was recorded: the wrapper around inject does not call recordSeen');
process.exitCode = unproved === 0 && wrong.length === 0 && seen.length > 0 ? 0 : 1;
