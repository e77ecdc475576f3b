import { readFileSync } from 'node:fs';

/** Files besides those of the connections: database, libraries, watches, 256 idle uploads and 512 folders of blobs. */
const RESERVED = 850;
const MOST = 10_000;
const FEWEST = 32;

/** How many files this process may open; undefined where the system does not tell. Node has raised it to its most. */
export function openFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** Connections for which there will always be a file: each may need a second one, for the blob that it carries. */
export function connectionsFor(openFiles: number | undefined): number {
  if (openFiles === undefined) return MOST;
  return Math.max(FEWEST, Math.min(MOST, Math.floor((openFiles - RESERVED) / 2)));
}
