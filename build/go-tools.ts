/**
 * Clients of registries, and the maker of one, that no distribution packages: built from their sources where Go is.
 * Each is built once and kept below the cache folder, under the name of its version.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface GoTool {
  readonly name: string;
  /** The package that `go install` takes, with its version. */
  readonly source: string;
}

export const goTools = {
  crane: { name: 'crane', source: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1' },
  regctl: { name: 'regctl', source: 'github.com/regclient/regclient/cmd/regctl@v0.11.7' },
  /** Makes a client from Harbor's contract (test/client). */
  swagger: { name: 'swagger', source: 'github.com/go-swagger/go-swagger/cmd/swagger@v0.36.7' },
} as const satisfies Readonly<Record<string, GoTool>>;

const BUILD_LIMIT_MS = 10 * 60_000;

/** Where what Go makes is kept, outside the repository. */
export const goCache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'berth', 'go-tools');

/** The path of the go command, also where its official folder is not on the PATH; undefined without Go. */
export function findGo(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'go'))
    .find((path) => existsSync(path));
}

/** Where a tool lies or would lie once it is built. */
export function goToolPath(tool: GoTool): string {
  return join(goCache, tool.source.replaceAll('/', '_'), tool.name);
}

/** Builds a tool unless it is there, in 10 to 60 s; gives back its path. Throws with what Go said. */
export async function makeGoTool(tool: GoTool): Promise<string> {
  const path = goToolPath(tool);
  if (existsSync(path)) return path;
  const go = findGo();
  if (go === undefined) throw new Error(`${tool.name} is built by Go, which is not on this system`);
  await mkdir(goCache, { recursive: true });
  // Made beside its place and moved there whole: an interrupted build leaves nothing that looks finished.
  const work = await mkdtemp(join(goCache, 'making-'));
  try {
    const env = { ...process.env, GOBIN: work, CGO_ENABLED: '0' };
    await promisify(execFile)(go, ['install', tool.source], { env, timeout: BUILD_LIMIT_MS });
    await rename(work, dirname(path)).catch((error: unknown) => {
      if (!existsSync(path)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}
