import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { repositoryRoot } from '../support/berth.ts';
import {
  clean,
  environment,
  expectAllGone,
  isAlive,
  launch,
  launchOnly,
  makeHome,
  screenPicture,
  screenshot,
  type Desktop,
  type Home,
} from './launch.ts';

let home: Home;
let desktop: Desktop | undefined;

test.beforeEach(async () => {
  home = await makeHome();
  desktop = undefined;
});

test.afterEach(() => clean(home, desktop));

/** Starts a second app on the same home; resolves with its exit code and what it said. */
async function startAgain(): Promise<{ code: number; said: string }> {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
  const second = spawn(join(dist, 'electron'), ['--no-sandbox', repositoryRoot], {
    env: environment(home),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  second.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(second, 'close')) as [number];
  return { code, said };
}

test('quitting stops the server cleanly and leaves no process', async () => {
  desktop = await launch(home);
  const { origin } = desktop;
  expect((await fetch(`${origin}/v2/`)).status).toBe(401);
  const all = desktop.processes();
  expect(all).toContain(desktop.serverPid());
  expect(all.length).toBeGreaterThan(3);
  await desktop.quit();
  await expectAllGone(all);
  await expect(fetch(`${origin}/v2/`)).rejects.toThrow();
  const log = desktop.log('shell');
  expect(log).toContain('server {"phase":"stopped"}');
  expect(log).not.toContain('restarting');
  // The server went when it was asked to, and not because it was ended.
  const at = (phase: string): number =>
    Date.parse(/\S+/.exec(log.split('\n').find((line) => line.includes(`"${phase}"`)) ?? '')?.[0] ?? '');
  expect(at('stopped') - at('stopping')).toBeLessThan(5_000);
});

test('closing the window ends the app: nothing hidden keeps running', async () => {
  test.skip(process.platform === 'darwin', 'on macOS an app outlives its windows');
  desktop = await launch(home);
  const all = desktop.processes();
  await desktop.window.close();
  await expectAllGone(all);
});

test('SIGTERM to the shell ends both', async () => {
  desktop = await launch(home);
  const all = desktop.processes();
  process.kill(desktop.pid, 'SIGTERM');
  await expectAllGone(all);
  expect(desktop.log('shell')).toContain('server {"phase":"stopped"}');
});

test('SIGKILL of the shell leaves no server', async () => {
  desktop = await launch(home);
  const all = desktop.processes();
  process.kill(desktop.pid, 'SIGKILL');
  await expectAllGone(all);
});

test('a server that crashes comes back, and the window with it, signed in and at the same page', async () => {
  desktop = await launch(home);
  const { window, origin } = desktop;
  await window.evaluate(() => history.pushState(null, '', '/i/local/projects?from=here'));
  const before = desktop.serverPid();
  process.kill(before, 'SIGKILL');
  await window.waitForURL(/^berth-shell:/);
  await window.waitForURL(`${origin}/i/local/projects?from=here`);
  expect(desktop.serverPid()).not.toBe(before);
  expect(isAlive(before)).toBe(false);
  await expect
    .poll(() => window.evaluate(() => fetch('/api/v2.0/users/current').then(({ status }) => status)))
    .toBe(200);
});

test('a second start brings the first one’s window to the front and ends', async () => {
  desktop = await launch(home);
  await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const { code, said } = await startAgain();
  expect(code).toBe(0);
  expect(said).toContain('already running');
  await expect
    .poll(() =>
      desktop?.app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().map((each) => each.isVisible()),
      ),
    )
    .toEqual([true]);
});

test('a taken port is replaced, and the console knows the new one', async () => {
  const holder = createServer().listen(home.port, '127.0.0.1');
  await once(holder, 'listening');
  try {
    desktop = await launch(home);
    const port = Number(new URL(desktop.origin).port);
    expect(port).not.toBe(home.port);
    const boot = await desktop.window.evaluate(() =>
      fetch('/api/berth/v1/boot').then((reply) => reply.json()),
    );
    expect(boot).toMatchObject({ registry_host: `127.0.0.1:${port}`, signed_in_by: 'shell' });
  } finally {
    holder.close();
  }
});

test('a server that cannot start is explained in the window, which lets one try again', async () => {
  // A file where the data folder should be.
  writeFileSync(join(home.path, 'data'), 'in the way');
  desktop = await launchOnly(home);
  const { window } = desktop;
  await expect(window.getByRole('heading')).toHaveText('The registry does not start');
  const reason = (await window.locator('#reason').textContent()) ?? '';
  expect(reason).toContain(join(home.path, 'data'));
  expect(reason).not.toMatch(/\n|Error:|at .*\.ts/);
  await screenshot(window, 'failed');
  await window.getByRole('button', { name: 'Try again' }).click();
  await expect(window.getByRole('heading')).not.toHaveText('The registry does not start');
  const all = desktop.processes();
  await desktop.quit();
  await expectAllGone(all);
});

test('the window opens where it was, in the language and theme that the person chose', async () => {
  desktop = await launch(home);
  const place = { x: 60, y: 40, width: 1000, height: 700 };
  await desktop.app.evaluate(
    ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
    place,
  );
  await desktop.window.getByRole('button', { name: 'English' }).click();
  await desktop.window.getByRole('menuitemradio', { name: 'Dark' }).click();
  await desktop.window.getByRole('button', { name: 'English' }).click();
  await desktop.window.getByRole('menuitemradio', { name: '简体中文' }).click();
  await expect(desktop.window.getByRole('button', { name: '简体中文' })).toBeVisible();
  await desktop.quit();

  desktop = await launch(home);
  const seen = await desktop.app.evaluate(({ BrowserWindow, nativeTheme }) => ({
    bounds: BrowserWindow.getAllWindows()[0]?.getBounds(),
    // What the window's own controls follow.
    theme: nativeTheme.themeSource,
  }));
  expect(seen).toMatchObject({ bounds: { width: place.width, height: place.height }, theme: 'dark' });
  const { window } = desktop;
  await expect(window.getByRole('heading', { level: 1 })).toHaveText('推送第一个镜像');
  await expect(window.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await screenshot(window, 'first-run-dark-zh');
  await screenPicture('screen-dark-zh');
});

test('what the shell writes is readable by its owner only, and all of it lies in its home', async () => {
  test.skip(process.platform === 'win32', 'Windows has other rights');
  mkdirSync(join(home.path, 'other'));
  desktop = await launch(home, { env: { HOME: join(home.path, 'other') } });
  await desktop.quit();
  for (const name of ['shell', 'server']) {
    const path = join(home.path, 'logs', `${name}.log`);
    expect(existsSync(path)).toBe(true);
    expect(statSync(path).mode & 0o077).toBe(0);
  }
  expect(readFileSync(join(home.path, 'logs/shell.log'), 'utf8')).toContain('start 0.1.0');
  expect(existsSync(join(home.path, 'other/.config/Berth'))).toBe(false);
  expect(existsSync(join(home.path, 'other/.local/share/berth'))).toBe(false);
});
