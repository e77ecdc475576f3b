import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import type { BerthApi } from '#electron/ipc-contract.ts';
import { clean, launch, makeHome, type Desktop, type Home } from './launch.ts';

test.describe('the window', () => {
  let home: Home;
  let desktop: Desktop;
  /** Another origin on the same machine that counts who came. */
  let visits: string[];
  let elsewhere: string;
  const other = createServer((request, reply) => {
    visits.push(request.url ?? '');
    reply.setHeader('content-type', 'text/html').end('<h1>elsewhere</h1>');
  });

  test.beforeAll(async () => {
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    home = await makeHome();
    desktop = await launch(home);
    // The console leads to its guide by itself: only then is the address its own choice no more.
    await desktop.window.waitForURL('**/welcome');
  });

  test.beforeEach(() => {
    visits = [];
  });

  test.afterAll(async () => {
    other.close();
    await clean(home, desktop);
  });

  /** Runs what a hostile page could run, outside of the console's CSP; the reply may never come. */
  const inPage = (script: string): Promise<unknown> => desktop.window.evaluate(script).catch(() => undefined);

  test('runs its page in the sandbox, isolated, without Node', async () => {
    const preferences = await desktop.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      // Not in the typings: what the window really runs with.
      return (
        contents as unknown as { getLastWebPreferences(): Record<string, unknown> }
      ).getLastWebPreferences();
    });
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    });
    expect(await desktop.window.evaluate('[typeof require, typeof process, typeof global]')).toEqual(
      Array(3).fill('undefined'),
    );
  });

  test('is signed in by a cookie that page script cannot see', async () => {
    const cookies = await desktop.app.evaluate(({ session }) =>
      session.fromPartition('console').cookies.get({ name: 'sid' }),
    );
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'strict', path: '/', domain: '127.0.0.1' });
    const value = cookies[0]?.value ?? '';
    expect(value.length).toBeGreaterThan(20);
    expect(await desktop.window.evaluate('document.cookie')).not.toContain('sid');
    const known = await desktop.window.evaluate(
      `JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML])`,
    );
    expect(known).not.toContain(value);
    for (const name of ['shell', 'server'] as const) expect(desktop.log(name)).not.toContain(value);
  });

  test('gets no session but through the shell: the server has none for whoever asks over HTTP', async () => {
    const boot = await fetch(`${desktop.origin}/api/berth/v1/boot`);
    expect(await boot.json()).toMatchObject({ user: null, signed_in_by: null });
    expect((await fetch(`${desktop.origin}/api/v2.0/users/current`)).status).toBe(401);
  });

  for (const [what, script] of [
    ['location=', (to: string) => `location.href = '${to}'`],
    ['location.replace', (to: string) => `location.replace('${to}')`],
    ['a link', (to: string) => `Object.assign(document.createElement('a'), { href: '${to}' }).click()`],
    [
      'a form',
      (to: string) =>
        `{ const form = Object.assign(document.createElement('form'), { action: '${to}' }); document.body.append(form); form.submit(); form.remove() }`,
    ],
    [
      'a link to a new window',
      (to: string) =>
        `Object.assign(document.createElement('a'), { href: '${to}', target: '_blank' }).click()`,
    ],
  ] as const) {
    test(`stays at its own address: ${what}`, async () => {
      const before = desktop.window.url();
      await inPage(script(`${elsewhere}/lured`));
      await inPage(script(`data:text/html,lured`));
      await inPage(script(`file:///etc/hostname`));
      await desktop.window.waitForTimeout(500);
      expect(desktop.window.url()).toBe(before);
      expect(visits).toEqual([]);
      expect(desktop.app.windows()).toHaveLength(1);
    });
  }

  test('opens no other window, not even one of its own', async () => {
    expect(await desktop.window.evaluate(`window.open('${elsewhere}/popup') === null`)).toBe(true);
    expect(await desktop.window.evaluate(`window.open('/') === null`)).toBe(true);
    expect(await desktop.window.evaluate(`window.open('about:blank') === null`)).toBe(true);
    expect(desktop.app.windows()).toHaveLength(1);
    expect(visits).toEqual([]);
    expect(desktop.log('shell')).toContain(`refused: window for ${elsewhere}/popup`);
  });

  test('follows no redirect away from its own address', async () => {
    // The one way in without a change of the server: a navigation that the shell itself starts.
    const trap = createServer((_request, reply) =>
      reply.writeHead(302, { location: `${elsewhere}/redirected` }).end(),
    );
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening));
    const from = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`;
    try {
      await desktop.app.evaluate(async ({ BrowserWindow }, url) => {
        await BrowserWindow.getAllWindows()[0]
          ?.webContents.loadURL(url)
          .catch(() => {});
      }, from);
      await desktop.window.waitForTimeout(300);
      expect(visits).toEqual([]);
    } finally {
      trap.close();
    }
  });

  test('embeds nothing', async () => {
    await inPage(
      `document.body.append(Object.assign(document.createElement('webview'), { src: '${elsewhere}/webview' }))`,
    );
    await inPage(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: '${elsewhere}/frame' }))`,
    );
    await desktop.window.waitForTimeout(500);
    expect(visits).toEqual([]);
  });

  test('grants no permission but writing to the clipboard', async () => {
    const states = await desktop.window.evaluate(async () => {
      const names = ['geolocation', 'camera', 'microphone', 'notifications', 'clipboard-read', 'midi'];
      const found = names.map(
        async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state,
      );
      return Promise.all(found);
    });
    expect(new Set(states)).toEqual(new Set(['denied']));
    await desktop.window.mouse.click(4, 400);
    await desktop.window.evaluate(() => navigator.clipboard.writeText('copied by a button'));
    expect(await desktop.app.evaluate(({ clipboard }) => clipboard.readText())).toBe('copied by a button');
    await expect(desktop.window.evaluate(() => navigator.clipboard.readText())).rejects.toThrow();
  });

  test('reaches the shell over its own channels only, and nobody else reaches it', async () => {
    const answers = await desktop.window.evaluate(async () => {
      const { berth } = window as unknown as { berth: BerthApi };
      const ask = (channel: string, args?: unknown): Promise<unknown> =>
        (berth.invoke as (channel: string, args?: unknown) => Promise<unknown>)(channel, args).then(
          (value) => ({ value }),
          (error: Error) => ({ error: error.message }),
        );
      return {
        members: Object.keys(berth).toSorted(),
        strange: await ask('shell:run'),
        inherited: await ask('toString'),
        wrong: await ask('keychain:save-password', { username: 'admin', password: { length: 3 } }),
        info: await ask('app:info'),
      };
    });
    expect(answers.members).toEqual(['invoke', 'onServerChanged']);
    expect(answers.strange).toEqual({ error: 'unknown channel shell:run' });
    expect(answers.inherited).toEqual({ error: 'unknown channel toString' });
    expect(answers.wrong).toMatchObject({ error: expect.stringContaining('password must be a text') });
    expect(answers.info).toMatchObject({ value: { platform: process.platform } });

    const refused = await desktop.app.evaluate(async ({ BrowserWindow, app }, url) => {
      const stranger = new BrowserWindow({
        show: false,
        webPreferences: { sandbox: true, preload: `${app.getAppPath()}/dist/electron/preload.cjs` },
      });
      await stranger.loadURL(url);
      const said = (await stranger.webContents.executeJavaScript(
        `window.berth.invoke('server:state').then(() => 'answered', (error) => error.message)`,
      )) as string;
      stranger.destroy();
      return said;
    }, elsewhere);
    expect(refused).toContain('refused');
  });

  test('says honestly that it keeps no password where there is no keychain', async () => {
    const [saved, has] = await desktop.window.evaluate(async () => {
      const { berth } = window as unknown as { berth: BerthApi };
      return [
        await berth.invoke('keychain:save-password', { username: 'admin', password: 'a secret for docker' }),
        await berth.invoke('keychain:has-password', { username: 'admin' }),
      ];
    });
    expect(saved).toEqual({ kept: false, store: 'none' });
    expect(has).toEqual({ kept: false, store: 'none' });
  });
});
