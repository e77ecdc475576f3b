import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, signIn, test } from './berth.ts';
import { settled } from './screens.ts';

// The pages of strangers ask the registry, which is another origin for them.
test.use({ owner: 'security', allowed: ['other origin', 'policy'] });

let stranger: Server;
let page: string;

/** A site of somebody else on this machine: its origin differs only by its port, so cookies could reach us from it. */
test.beforeAll(async () => {
  stranger = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
});
test.afterAll(async () => {
  await new Promise((resolve) => stranger.close(resolve));
});

const strangerOrigin = (): string => `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;

test('the session is out of reach of scripts and other sites', async ({ page: tab, registry }) => {
  await signIn(tab, registry);
  await settled(tab);
  const cookies = await tab.context().cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie, cookie.name).toMatchObject({ httpOnly: true, sameSite: 'Strict', domain: '127.0.0.1' });
  }
  expect(await tab.evaluate(() => document.cookie)).toBe('');
  // Nothing that opens a door is kept by the page.
  const kept = await tab.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
  for (const { value } of cookies) expect(kept).not.toContain(value);
  expect(kept).not.toMatch(/token|password|session/i);
});

test('no page of the console can be put into a frame of another site', async ({ page: tab, registry }) => {
  await signIn(tab, registry);
  for (const path of ['/', '/login', '/i/local/projects', '/nowhere', '/api/berth/v1/boot']) {
    const { headers } = await fetch(`${registry.origin}${path}`, { redirect: 'manual' });
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    if (!headers.get('content-type')?.startsWith('text/html')) continue;
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
    expect(headers.get('x-frame-options'), path).toBe('DENY');
    expect(headers.get('referrer-policy'), path).toMatch(/no-referrer|same-origin/);
  }
  page = `<h1>bait</h1><iframe src="${registry.origin}/i/local/projects"></iframe>`;
  await tab.goto(strangerOrigin());
  await expect
    .poll(() =>
      tab
        .frames()[1]
        ?.evaluate(() => document.body.innerText)
        .catch(() => 'refused'),
    )
    .not.toContain('library');
  await expect(tab.frameLocator('iframe').locator('#root')).toHaveCount(0);
});

test('another site cannot change anything in the name of who is signed in', async ({
  page: tab,
  registry,
}) => {
  await signIn(tab, registry);
  page = `<form id="f" method="post" action="${registry.origin}/api/v2.0/projects" enctype="text/plain">
    <input name='{"project_name":"taken","ignore":"' value='"}'></form>`;
  await tab.goto(strangerOrigin());
  const tries = await tab.evaluate(async (origin) => {
    const body = JSON.stringify({ project_name: 'taken', metadata: { public: 'true' } });
    const send = (init: RequestInit): Promise<string> =>
      fetch(`${origin}/api/v2.0/projects`, {
        method: 'POST',
        credentials: 'include',
        body,
        ...init,
      }).then(
        (reply) => `${reply.type} ${reply.status}`,
        () => 'refused',
      );
    return [
      await send({ mode: 'no-cors' }),
      await send({ headers: { 'content-type': 'application/json' } }),
      await send({ headers: { 'content-type': 'application/json', 'x-harbor-csrf-token': 'guess' } }),
    ];
  }, registry.origin);
  expect(tries.slice(1)).toEqual(['refused', 'refused']);
  await tab.evaluate(() => document.querySelector<HTMLFormElement>('#f')?.submit());
  await tab.waitForURL(`${registry.origin}/**`);
  const reply = await registry.api('GET', '/api/v2.0/projects?q=name=taken');
  expect(await reply.json()).toEqual([]);
});

test('nothing that another site asks for in the name of who is signed in can be read by it', async ({
  page: tab,
  registry,
}) => {
  await signIn(tab, registry);
  page = '<h1>reader</h1>';
  await tab.goto(strangerOrigin());
  const read = await tab.evaluate(
    async (origin) =>
      await fetch(`${origin}/api/v2.0/users/current`, { credentials: 'include' }).then(
        (reply) => reply.text(),
        () => 'refused',
      ),
    registry.origin,
  );
  expect(read).toBe('refused');
});
