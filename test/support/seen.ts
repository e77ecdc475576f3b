import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkReply, type Reply } from '#test/architecture/harbor-surface-reply.ts';

/** The folder of this test run where each worker appends what it saw. */
export const seenFolderVariable = 'TEST_SEEN_FOLDER';

/** The file in it with our OpenAPI document, written by test/api/harbor-surface.test.ts. */
export const seenOpenApi = 'openapi.json';

/** What one reply showed of an operation of Harbor; each is kept once. */
export interface Seen {
  /** `METHOD /path` of the contract. */
  readonly operation: string;
  /** The reply's status, or what it carried (`reply metadata.public`), or the reviewed exception that it needed. */
  readonly status?: number;
  readonly carried?: string;
  readonly needed?: string;
}

const kept = new Set<string>();

function keep(folder: string, seen: Seen): void {
  const line = JSON.stringify(seen);
  if (kept.has(line)) return;
  kept.add(line);
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${line}\n`);
}

/**
 * Judges a reply that a test received by Harbor's contract, and records it for the table of proved operations.
 * Called by the wrapper around `app.inject` for each reply. Throws when the reply leaves the contract and no
 * reviewed table says why: then the test that saw it fails.
 */
export function recordSeen(reply: Reply): void {
  const { operation, problems, seen, needed } = checkReply(reply);
  if (problems.length > 0) {
    const lines = [...new Set(problems)].slice(0, 10).map((problem) => `  ${problem}`);
    throw new Error(
      `${reply.method} ${reply.url.slice(0, 200)} leaves Harbor's contract (test/architecture/README.md):\n${lines.join('\n')}`,
    );
  }
  const folder = process.env[seenFolderVariable];
  if (folder === undefined || operation === undefined) return;
  mkdirSync(folder, { recursive: true });
  // A HEAD that the framework adds to a GET proves nothing of it.
  if (operation.startsWith(`${reply.method} `)) keep(folder, { operation, status: reply.status });
  for (const carried of seen) keep(folder, { operation, carried });
  for (const each of needed) keep(folder, { operation, needed: each });
}

/** All that the workers of a run recorded. */
export function readSeen(folder: string): readonly Seen[] {
  if (!existsSync(folder)) return [];
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
  return [...new Set(lines)].map((line) => JSON.parse(line) as Seen);
}
