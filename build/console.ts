import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { gzip } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const configFile = join(root, 'build/vite.console.config.ts');

/** The folder the console is built into when no other is named. */
export const defaultConsoleDir = join(root, 'dist/console');

/** A file of this name inside the built console holds the stamp of the sources it was built from. */
export const stampName = '.stamp';

/**
 * Hash of everything the console is built from: the renderer's files, the lock file, what reads the
 * licences and the vite configuration. A built console whose stamp differs is stale. Throws when a source cannot be read.
 */
export function consoleStamp(): string {
  const renderer = join(root, 'renderer');
  const sources = readdirSync(renderer, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .concat(join(root, 'package-lock.json'), configFile, join(root, 'build/licences.ts'))
    .toSorted();
  const hash = createHash('sha256');
  for (const source of sources) {
    const bytes = readFileSync(source);
    hash.update(`${source.slice(root.length).replaceAll('\\', '/')}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * Builds the console into `outDir`. The build happens in a folder beside it and is renamed when it is
 * whole, so a server never serves half of one. Resolves with the stamp; rejects with vite's error and
 * leaves the old folder as it was.
 */
export async function buildConsole({
  outDir = defaultConsoleDir,
}: { outDir?: string } = {}): Promise<string> {
  // Taken before the build: a source that changes meanwhile makes the result stale, never falsely fresh.
  const stamp = consoleStamp();
  const target = resolve(outDir);
  const fresh = `${target}.new-${process.pid}`;
  const old = `${target}.old-${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  try {
    const { build } = await import('vite');
    await build({ configFile, logLevel: 'error', build: { outDir: fresh, emptyOutDir: true } });
    await compress(join(fresh, 'assets'));
    await writeFile(join(fresh, stampName), `${stamp}\n`);
    await swap({ fresh, target, old });
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
  return stamp;
}

/**
 * Puts beside each script and style what it is as gzip, so that the server compresses nothing while it serves.
 * Not Brotli: browsers take it only over TLS, and fonts are compressed already.
 */
async function compress(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const bytes = await readFile(join(folder, name));
    await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
  }
}

async function swap({ fresh, target, old }: { fresh: string; target: string; old: string }): Promise<void> {
  await rename(target, old).catch(ignoreMissing);
  try {
    await rename(fresh, target);
  } catch (error) {
    await rename(old, target).catch(ignoreMissing);
    throw error;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Whether the folder holds a console of these very sources. */
export function isFresh(outDir: string): boolean {
  const file = join(outDir, stampName);
  return existsSync(file) && readFileSync(file, 'utf8').trim() === consoleStamp();
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, 'if-stale': { type: 'boolean' } } });
  const outDir = values.out ?? defaultConsoleDir;
  if (values['if-stale'] && isFresh(outDir)) process.exit(0);
  try {
    const stamp = await buildConsole({ outDir });
    console.log(`console built in ${outDir} (${stamp.slice(0, 12)})`);
  } catch (error) {
    // Two servers that start at once both build; whoever comes second finds the other's result in place.
    if (!values['if-stale'] || !isFresh(outDir)) throw error;
  }
}
