import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { buildConsole, consoleStamp, stampName } from '#build/console.ts';
import { buildDesktop } from '#build/desktop.ts';
import { electronRuntime } from '#build/electron-runtime.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/berth.ts';
import { findCommand } from '../support/process.ts';

/** Gets an Electron, builds the shell and the console, and brings a screen where there is none. */
// oxlint-disable-next-line import/no-default-export -- Playwright takes the default export of a setup file
export default async function setup(): Promise<() => void> {
  const say = (line: string, progress = false): void => {
    if (!progress) console.log(line);
  };
  const { dist } = await electronRuntime({ makeTestRuntime: true, say });
  process.env['ELECTRON_OVERRIDE_DIST_PATH'] = dist;
  await buildDesktop();
  await buildStaleConsole();
  const screen = await startScreen();
  return () => screen?.kill();
}

/** The first page would wait for it otherwise, and the time of a test is not the time of a build. */
async function buildStaleConsole(): Promise<void> {
  const stamp = join(repositoryRoot, 'dist/console', stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === consoleStamp()) return;
  await buildConsole();
}

/** An Xvfb on a free display, unless there is a screen (npm test brings one) or none is needed. */
async function startScreen(): Promise<ChildProcess | undefined> {
  if (process.platform !== 'linux' || process.env['DISPLAY']) return undefined;
  const command = findCommand('Xvfb');
  if (!command) throw new Error('there is no display, and no Xvfb to make one');
  const screen = spawn(command, ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = (await once(screen.stdio[3] ?? screen, 'data')) as [Buffer];
  process.env['DISPLAY'] = `:${number.toString().trim()}`;
  return screen;
}
