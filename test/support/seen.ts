import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of this test run where each worker appends what it saw. */
export const seenFolderVariable = 'TEST_SEEN_FOLDER';

/** The file in it with our OpenAPI document, written by test/api/harbor-surface.test.ts. */
export const seenOpenApi = 'openapi.json';

export interface SeenReply {
  readonly method: string;
  /** As requested, without the query; the reader matches it against the templates of the contract. */
  readonly path: string;
  readonly status: number;
}

/**
 * Records a reply that a test received, for the table of proved operations. To be called by the wrapper around
 * `app.inject` with each request's method, its URL or route pattern, and the status; costs one small append.
 */
export function recordSeen(method: string, urlOrPattern: string, status: number): void {
  const folder = process.env[seenFolderVariable];
  if (folder === undefined || !urlOrPattern.startsWith('/api/')) return;
  mkdirSync(folder, { recursive: true });
  const reply: SeenReply = { method: method.toUpperCase(), path: urlOrPattern.split('?')[0] ?? '', status };
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(reply)}\n`);
}

/** All distinct replies that the workers of a run recorded. */
export function readSeen(folder: string): readonly SeenReply[] {
  if (!existsSync(folder)) return [];
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '');
  return [...new Set(lines)].map((line) => JSON.parse(line) as SeenReply);
}
