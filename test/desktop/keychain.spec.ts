import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, expect, test, type Page } from '@playwright/test';
import type { BerthApi } from '#electron/ipc-contract.ts';
import { repositoryRoot } from '../support/berth.ts';
import {
  cleanEnv,
  eventually,
  missingCommands,
  run,
  start,
  temporaryFolder,
  type Running,
} from '../support/process.ts';
import { environment, makeHome, type Home } from './launch.ts';

const PASSWORD = 'What-docker-signs-in-with-1';

/** A session bus with an unlocked keyring of its own on it, which ends with the bus. */
async function openKeyring(): Promise<Running & { address: string; home: string }> {
  const folder = await temporaryFolder('berth-keyring');
  const env = cleanEnv({ HOME: folder.path, XDG_RUNTIME_DIR: folder.path });
  const address = `unix:path=${folder.path}/bus`;
  const bus = await start(
    'dbus-daemon',
    ['--session', '--nofork', '--print-address=1', `--address=${address}`],
    {
      env,
      ready: (output) => output.includes('guid='),
    },
  );
  // Without --foreground it returns when it is there.
  await run('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    env: { ...env, DBUS_SESSION_BUS_ADDRESS: address },
    input: 'the keyring is opened with this',
  });
  return {
    ...bus,
    home: folder.path,
    address,
    dispose: async () => {
      await bus.dispose();
      await folder.dispose();
    },
  };
}

interface Started {
  readonly window: Page;
  readonly quit: () => Promise<void>;
}

/**
 * Starts the app without Playwright's loader, which makes every Electron keep its secrets without a keychain; the
 * window is reached by Chromium's own debugging port.
 */
async function startPlainly(home: Home, env: NodeJS.ProcessEnv, flags: readonly string[]): Promise<Started> {
  const electron = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '', 'electron');
  const args = ['--no-sandbox', '--remote-debugging-port=0', ...flags, repositoryRoot];
  const listening = /^DevTools listening on (ws:\S+)$/m;
  const shell = await start(electron, args, {
    env: environment(home, env),
    cwd: repositoryRoot,
    ready: (output) => listening.test(output) && output.includes('berth ready at '),
  });
  const endpoint = listening.exec(shell.output())?.[1] ?? '';
  await eventually('the console is loaded', () => showsConsole(new URL(endpoint).host));
  const browser = await chromium.connectOverCDP(endpoint);
  const window = browser.contexts()[0]?.pages()[0];
  if (!window) throw new Error('the app shows no window');
  return {
    window,
    quit: async () => {
      await browser.close();
      await shell.dispose();
    },
  };
}

/** Whether the window's page has loaded: Playwright loses a page that loads while it attaches. */
async function showsConsole(host: string): Promise<boolean> {
  const targets = (await (await fetch(`http://${host}/json/list`)).json()) as {
    url: string;
    title: string;
  }[];
  return targets.some(({ url, title }) => url.startsWith('http://127.0.0.1:') && title !== '');
}

/** Whether the shell says that it has the password, and whether it can open it (it goes to the clipboard). */
function askPassword({ window }: Started): Promise<unknown> {
  return window.evaluate(async () => {
    const { berth } = globalThis as unknown as { berth: BerthApi };
    const has = await berth.invoke('keychain:has-password', { username: 'admin' });
    return { ...has, ...(await berth.invoke('keychain:copy-password', { username: 'admin' })) };
  });
}

function savePassword({ window }: Started): Promise<unknown> {
  return window.evaluate(
    (password) =>
      (globalThis as unknown as { berth: BerthApi }).berth.invoke('keychain:save-password', {
        username: 'admin',
        password,
      }),
    PASSWORD,
  );
}

test('a real keychain keeps the password for the next start, sealed', async () => {
  test.skip(process.platform !== 'linux', 'a test must not write to the keychain of a person');
  const missing = missingCommands('dbus-daemon', 'gnome-keyring-daemon');
  test.skip(missing.length > 0, `${missing.join(', ')} not installed`);
  const keyring = await openKeyring();
  const home = await makeHome();
  const withKeyring = { DBUS_SESSION_BUS_ADDRESS: keyring.address, HOME: keyring.home };
  const started: Started[] = [];
  const again = async (env: NodeJS.ProcessEnv, store: string): Promise<Started> => {
    await started.pop()?.quit();
    const fresh = await startPlainly(home, env, [`--password-store=${store}`]);
    started.push(fresh);
    return fresh;
  };
  try {
    const first = await again(withKeyring, 'gnome-libsecret');
    expect(await askPassword(first)).toEqual({ kept: false, copied: false, store: 'GNOME Keyring' });
    expect(await savePassword(first)).toEqual({ kept: true, store: 'GNOME Keyring' });
    const file = join(home.path, 'shell/passwords.json');
    const sealed = readFileSync(file, 'utf8');
    expect(sealed).toContain('admin');
    expect(sealed).not.toContain(PASSWORD);

    const second = await again(withKeyring, 'gnome-libsecret');
    expect(await askPassword(second)).toEqual({ kept: true, copied: true, store: 'GNOME Keyring' });
    // What is on the clipboard is the person's: no page gets to read it.
    const reading = second.window.evaluate(() => navigator.clipboard.readText());
    await expect(reading).rejects.toThrow(/denied|not allowed/i);

    // Without its keyring the sealed password is neither given nor replaced.
    const without = await again({}, 'basic');
    expect(await askPassword(without)).toEqual({ kept: false, copied: false, store: 'none' });
    expect(await savePassword(without)).toEqual({ kept: false, store: 'none' });
    expect(readFileSync(file, 'utf8')).toBe(sealed);
    expect(readFileSync(join(home.path, 'logs/shell.log'), 'utf8')).toContain(
      'that sealed it is not available',
    );
  } finally {
    await started.pop()?.quit();
    await keyring.dispose();
    await home.dispose();
  }
});
