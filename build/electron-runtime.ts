/**
 * Finds an Electron runtime, and where there is none, gets one. As a command it prints the runtime's folder:
 *
 *   ELECTRON_OVERRIDE_DIST_PATH="$(node build/electron-runtime.ts)" npx electron .
 *
 * In this order: the folder that the caller chose (ELECTRON_OVERRIDE_DIST_PATH), the electron package's own, a test
 * runtime that was made earlier, the electron package's own installer, and, only where asked for, a test runtime made
 * anew (build/electron-test-runtime.ts). BERTH_ELECTRON=official never takes the test runtime, =test takes no other.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  cacheFolder,
  cachedTestRuntime,
  makeTestRuntime,
  testRuntimeObstacle,
} from './electron-test-runtime.ts';

const ELECTRON_PACKAGE = join(import.meta.dirname, '../node_modules/electron');
const TOTAL_LIMIT_MS = 15 * 60_000;

export interface RuntimeOptions {
  /** Whether a test runtime may be made (about 195 MB to fetch) when nothing else works. */
  readonly makeTestRuntime: boolean;
  /** How long the installer may go without a single new byte, in milliseconds. */
  readonly stallLimitMs?: number;
  /** Where the electron package lies, if not among the project's dependencies. */
  readonly packageFolder?: string;
  /** Takes what is going on, for people; one line each, `replace` meaning in place of the line before. */
  readonly say: (line: string, replace?: boolean) => void;
}

export interface Runtime {
  /** The folder with Electron's binary. */
  readonly dist: string;
  readonly kind: 'chosen' | 'official' | 'test';
}

/** Thrown when there is no runtime and none could be got; the message is a sentence for people. */
export class NoElectron extends Error {}

/** Gets a runtime, downloading where that is needed and allowed; rejects with {@link NoElectron}. Never hangs. */
export async function electronRuntime(options: RuntimeOptions): Promise<Runtime> {
  const chosen = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (chosen && existsSync(join(chosen, 'version'))) return { dist: chosen, kind: 'chosen' };
  const only = process.env.BERTH_ELECTRON;
  if (only !== 'test') {
    const own = ownDist(options.packageFolder);
    if (own) return { dist: own, kind: 'official' };
  }
  if (only !== 'official') {
    const cached = cachedTestRuntime();
    if (cached) return { dist: cached, kind: 'test' };
  }
  if (only !== 'test') {
    const own = await install(options);
    if (own) return { dist: own, kind: 'official' };
  }
  if (only === 'official' || !(options.makeTestRuntime || only === 'test')) {
    throw new NoElectron('Electron is not installed and could not be downloaded');
  }
  const obstacle = testRuntimeObstacle();
  if (obstacle) throw new NoElectron(`Electron could not be downloaded, and ${obstacle}`);
  return { dist: await makeTestRuntime(options.say), kind: 'test' };
}

/** The electron package's own binary, if its installer has unpacked it whole (it writes path.txt last). */
function ownDist(folder = ELECTRON_PACKAGE): string | undefined {
  try {
    const binary = readFileSync(join(folder, 'path.txt'), 'utf8');
    const dist = join(folder, 'dist');
    return existsSync(join(dist, binary)) ? dist : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs the electron package's installer. It downloads into a folder that we give it, so that the bytes can be counted:
 * they are the progress, and when they no longer grow the attempt is ended.
 */
async function install({
  say,
  stallLimitMs = 30_000,
  packageFolder = ELECTRON_PACKAGE,
}: RuntimeOptions): Promise<string | undefined> {
  if (!existsSync(join(packageFolder, 'install.js')))
    throw new NoElectron('Electron is missing: run npm ci first');
  const version = String(JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')).version);
  say(`Downloading Electron ${version} (once, about 120 MB)`);
  const work = mkdtempSync(join(cacheFolder(), 'download-'));
  try {
    const installer = spawn(process.execPath, [join(packageFolder, 'install.js')], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: work, TEMP: work, TMP: work, ELECTRON_GET_NO_PROGRESS: '1' },
    });
    const ended = new Promise<boolean>((resolve) => {
      installer.once('error', () => resolve(false));
      installer.once('exit', (code) => resolve(code === 0));
    });
    let problem = '';
    installer.stderr.on('data', (chunk) => (problem ||= String(chunk).split('\n')[0] ?? ''));
    const stopWatching = watch({
      bytes: () => folderBytes(work) + folderBytes(join(packageFolder, 'dist')),
      stallLimitMs,
      grown: (bytes) => say(`Downloading Electron ${version}: ${Math.round(bytes / 1e6)} MB`, true),
      stalled: (why) => {
        problem = why;
        installer.kill('SIGKILL');
      },
    });
    const done = await ended;
    stopWatching();
    if (!done) say(`Electron ${version} could not be downloaded (${problem || 'its installer failed'})`);
    return done ? ownDist(packageFolder) : undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Watch {
  readonly bytes: () => number;
  readonly stallLimitMs: number;
  readonly grown: (bytes: number) => void;
  readonly stalled: (why: string) => void;
}

/** Looks twice a second whether the count grows; the returned function ends that. */
function watch({ bytes, stallLimitMs, grown, stalled }: Watch): () => void {
  const startedAt = performance.now();
  let most = 0;
  let grownAt = startedAt;
  const timer = setInterval(() => {
    const now = performance.now();
    const count = bytes();
    if (count > most) {
      most = count;
      grownAt = now;
      grown(count);
    } else if (now - grownAt > stallLimitMs) {
      stalled(`nothing came for ${Math.round(stallLimitMs / 1000)} s`);
    }
    if (now - startedAt > TOTAL_LIMIT_MS) stalled('it took longer than 15 minutes');
  }, 500);
  return () => clearInterval(timer);
}

/** The bytes of all files below a folder; files that vanish meanwhile count as nothing. */
function folderBytes(folder: string): number {
  let sum = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const found = statSync(join(folder, entry), { throwIfNoEntry: false });
      if (found?.isFile()) sum += found.size;
    }
  } catch {
    return sum;
  }
  return sum;
}

if (import.meta.main) {
  try {
    const say = (line: string, replace = false): void => {
      // A log file has no line to replace.
      if (!replace) process.stderr.write(`electron-runtime: ${line}\n`);
    };
    console.log((await electronRuntime({ makeTestRuntime: true, say })).dist);
  } catch (error) {
    console.error(`electron-runtime: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
