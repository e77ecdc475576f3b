import { _electron, expect, type ElectronApplication, type Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../support/berth.ts';
import { cleanEnv, findCommand, freePort, temporaryFolder } from '../support/process.ts';

const SCREENSHOTS = join(repositoryRoot, 'dist/screenshots');

export interface Home {
  readonly path: string;
  readonly port: number;
  readonly dispose: () => Promise<void>;
}

/** Data, settings and logs of one test, and a port that is its own. */
export async function makeHome(): Promise<Home> {
  const folder = await temporaryFolder('berth-desktop');
  return { ...folder, port: await freePort() };
}

export interface Desktop {
  readonly app: ElectronApplication;
  readonly window: Page;
  /** The shell's own process. */
  readonly pid: number;
  readonly origin: string;
  /** Everything the shell and its children run, the shell first. */
  readonly processes: () => readonly number[];
  /** The server's process. */
  readonly serverPid: () => number;
  readonly log: (name: 'shell' | 'server') => string;
  /** Quits as a person would; resolves when the shell is gone. */
  readonly quit: () => Promise<void>;
}

/** The environment of an app that lives in this home. */
export function environment(home: Home, env: NodeJS.ProcessEnv = {}): Record<string, string> {
  const all = cleanEnv({
    ELECTRON_OVERRIDE_DIST_PATH: process.env['ELECTRON_OVERRIDE_DIST_PATH'],
    BERTH_HOME: home.path,
    BERTH_LISTEN: `127.0.0.1:${home.port}`,
    ...env,
  });
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

export interface LaunchOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Chromium's own, such as --password-store. */
  readonly flags?: readonly string[];
}

/** Starts the app as `electron .` does and waits until its window shows the console. */
export async function launch(home: Home, options: LaunchOptions = {}): Promise<Desktop> {
  const desktop = await launchOnly(home, options);
  await desktop.window.waitForURL(`http://127.0.0.1:*/**`).catch(async (cause: unknown) => {
    const shown = await desktop.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }) => webContents.getURL()),
    );
    const seen = desktop.app.windows().map((page) => page.url());
    throw new Error(`windows ${shown.join()}, seen as ${seen.join()}\n${desktop.log('shell')}`, { cause });
  });
  return { ...desktop, origin: new URL(desktop.window.url()).origin };
}

/** The same without waiting for the console: for starts that are meant to fail. */
export async function launchOnly(home: Home, { env = {}, flags = [] }: LaunchOptions = {}): Promise<Desktop> {
  const app = await _electron.launch({
    args: [...flags, '.'],
    cwd: repositoryRoot,
    env: environment(home, env),
    // Playwright would otherwise tell every page that the system is light.
    colorScheme: null,
  });
  const { pid } = app.process();
  if (pid === undefined) throw new Error('the app has no process');
  const window = await app.firstWindow();
  return {
    app,
    window,
    pid,
    origin: '',
    processes: () => descendants(pid),
    serverPid: () => {
      const found = descendants(pid).find((each) => commandLine(each).includes('server/main.ts'));
      if (found === undefined) throw new Error('the app runs no server');
      return found;
    },
    log: (name) => readFileSync(join(home.path, 'logs', `${name}.log`), 'utf8'),
    quit: () => app.close(),
  };
}

/** Ends whatever a failed test left running, then removes its folder. */
export async function clean(home: Home, desktop: Desktop | undefined): Promise<void> {
  if (desktop) {
    const left = desktop.processes();
    await Promise.race([desktop.quit().catch(() => {}), new Promise((late) => setTimeout(late, 10_000))]);
    for (const pid of left.filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
  await home.dispose();
}

/** Waits until none of these processes runs. */
export async function expectAllGone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive).map(commandLine), { timeout: 15_000 }).toEqual([]);
}

/** Whether this process runs; one that has ended and only waits to be collected does not. */
export function isAlive(pid: number): boolean {
  const state = stat(pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** A picture of the window's page, kept with the console's. */
export async function screenshot(window: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  await window.screenshot({ path: join(SCREENSHOTS, `desktop-${name}.png`) });
}

/** A picture of the whole screen with the window's own controls, where ImageMagick is at hand. */
export async function screenPicture(name: string): Promise<void> {
  const command = findCommand('import');
  if (!command) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await promisify(execFile)(command, ['-window', 'root', join(SCREENSHOTS, `desktop-${name}.png`)]);
}

function descendants(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? stat(pid)?.parent : undefined;
    if (parent !== undefined) parents.set(pid, parent);
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function stat(pid: number): { state: string; parent: number } | undefined {
  try {
    // `pid (name) state parent ...`, where the name may hold anything, brackets too.
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
