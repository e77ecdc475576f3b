import { expect, test } from '@playwright/test';
import { clientKinds } from '../support/clients.ts';
import { makeDebianImage } from '../support/image.ts';
import { missingCommands } from '../support/process.ts';
import { clean, expectAllGone, launch, makeHome, screenPicture, screenshot, type Desktop } from './launch.ts';

test('from the first start to an image that podman pushed, read in the window', async () => {
  const podman = clientKinds.find(({ name }) => name === 'podman');
  if (!podman) throw new Error('the clients of the tests know no podman');
  const missing = [...podman.missing(), ...missingCommands('buildah', 'debootstrap')];
  test.skip(missing.length > 0, `${missing.join(', ')} not installed`);
  // The image is made once and kept; that is the only long part.
  test.setTimeout(600_000);
  const image = await makeDebianImage();
  const home = await makeHome();
  const host = `127.0.0.1:${home.port}`;
  const client = await podman.open({ host });
  let desktop: Desktop | undefined;
  try {
    desktop = await launch(home);
    const { window } = desktop;
    let reloads = 0;
    window.on('domcontentloaded', () => reloads++);

    await expect(window.getByRole('heading', { level: 1 })).toHaveText('Push your first image');
    await screenshot(window, 'first-run');
    await screenPicture('screen');
    await window.getByRole('button', { name: 'Generate a password' }).click();
    const password = (await window.locator('.b-command code').first().textContent()) ?? '';
    expect(password.length).toBeGreaterThanOrEqual(12);
    await screenshot(window, 'password');
    await window.getByRole('button', { name: 'I have saved it' }).click();
    await window.getByRole('button', { name: 'Use library, which is public' }).click();
    await expect(window.getByText('Waiting for the first push to library')).toBeVisible();
    await expect(window.getByText(`docker login ${host}`)).toBeVisible();
    await screenshot(window, 'waiting');

    const name = `${host}/library/debian:${image.tag}`;
    await client.load(image, name);
    expect((await client.login('admin', `${password}x`)).code).not.toBe(0);
    // For a moment after a wrong password the right one is refused too: guessing is slow.
    await expect.poll(async () => (await client.login('admin', password)).stderr).toBe('');
    expect(await client.push(name)).toMatchObject({ code: 0 });

    await expect(window.getByText('First image received')).toBeVisible();
    await expect(window.getByText(`library/debian:${image.tag}`).first()).toBeVisible();
    await screenshot(window, 'received');
    await window.getByRole('link', { name: 'Show the image' }).click();
    await expect(window).toHaveURL(/\/i\/local\/projects\/library\/repos\/debian\/sha256/);
    await expect(window.getByText('bash').or(window.getByText('/srv/app/hello.sh')).first()).toBeVisible();
    await screenshot(window, 'artifact');
    expect(reloads).toBe(0);

    // What the window shows is what a client gets back.
    const before = await client.identify(name);
    expect(await client.pull(name)).toMatchObject({ code: 0 });
    expect(await client.identify(name)).toBe(before);

    const all = desktop.processes();
    for (const log of ['shell', 'server'] as const) expect(desktop.log(log)).not.toContain(password);
    await desktop.quit();
    await expectAllGone(all);

    desktop = await launch(home);
    await desktop.window.goto(`${desktop.origin}/i/local/projects/library`);
    await expect(desktop.window.getByRole('link', { name: 'debian' })).toBeVisible();
    await screenshot(desktop.window, 'project');
  } finally {
    await clean(home, desktop);
    await client.dispose();
  }
});
