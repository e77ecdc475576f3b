import type { Page } from '@playwright/test';
import { createProject, expect, signIn, test, type Registry } from './berth.ts';
import { startGate, type Gate } from './gate.ts';

test.use({ owner: 'live-windows' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createProject(registry, 'open', true);
  await registry.push({ repository: 'web/app', tags: ['1'] });
  await registry.push({ repository: 'open/app', tags: ['1'] });
});

/** Signed in through the gate, with the project open. */
async function enterBy(gate: Gate, page: Page, registry: Registry): Promise<void> {
  await signIn(page, { ...registry, origin: gate.origin });
  await page.goto(`${gate.origin}/i/local/projects/web`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
}

test('all windows of a browser share one stream, and each hears of a push', async ({
  page,
  context,
  registry,
}) => {
  await using gate = await startGate(registry.origin);
  await enterBy(gate, page, registry);
  const second = await context.newPage();
  await second.goto(`${gate.origin}/i/local/projects/web`);
  const third = await context.newPage();
  await third.goto(`${gate.origin}/i/local/overview`);
  await expect(third.getByRole('region', { name: 'Recent pushes' })).toContainText('web/app');
  await registry.push({ repository: 'web/shared', tags: ['1'] });
  for (const each of [page, second]) await expect(each.getByRole('link', { name: 'shared' })).toBeVisible();
  await expect(third.getByRole('region', { name: 'Recent pushes' })).toContainText('web/shared');
  expect(gate.streams).toBe(1);
  // The window that opened the stream may go: it is the browser's.
  await page.close();
  await registry.push({ repository: 'web/shared-too', tags: ['1'] });
  await expect(second.getByRole('link', { name: 'shared-too' })).toBeVisible();
  expect(gate.streams).toBe(1);
});

test('says when the server is away, keeps what was known, and catches up when it is back', async ({
  page,
  registry,
}) => {
  await using gate = await startGate(registry.origin);
  await enterBy(gate, page, registry);
  gate.shut();
  await expect(page.getByText(/has not answered since/)).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await registry.push({ repository: 'web/meanwhile', tags: ['1'] });
  gate.open();
  await expect(page.getByText(/has not answered since/)).toHaveCount(0, { timeout: 20_000 });
  await expect(page.getByRole('link', { name: 'meanwhile' })).toBeVisible();
});

test('signing out in one window signs the others out, and signing in brings them back', async ({
  page,
  context,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/web`);
  const second = await context.newPage();
  await second.goto(`${registry.origin}/i/local/projects/web`);
  await expect(second.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await page.getByRole('button', { name: /Account of admin/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await expect(second).toHaveURL(/\/login\?to=/);
  await signIn(page, registry);
  await expect(second).not.toHaveURL(/\/login/);
});

test('a project that becomes private goes from the screens of strangers', async ({ page, registry }) => {
  await page.goto(`${registry.origin}/i/local/projects/open`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await registry.api('PUT', '/api/v2.0/projects/open', { metadata: { public: 'false' } });
  await expect(page.getByText('Not found or not shared with you')).toBeVisible();
});

test('what a page asks by itself does not keep the session alive', async ({ page, registry }) => {
  await signIn(page, registry);
  await expect(page.getByRole('region', { name: 'Recent pushes' })).toBeVisible();
  const asked = page.waitForRequest((request) => request.url().includes('/api/berth/v1/overview'));
  await registry.push({ repository: 'web/by-itself', tags: ['1'] });
  expect((await asked).headers()['x-harbor-no-session-renewal']).toBe('true');
  const clicked = page.waitForRequest((request) => request.url().includes('/api/berth/v1/overview'));
  await page.getByText('24 h', { exact: true }).click();
  expect((await clicked).headers()['x-harbor-no-session-renewal']).toBeUndefined();
});

test('a page whose code does not come says so inside the frame, and comes when asked again', async ({
  page,
  registry,
}) => {
  await page.route('**/assets/users-page*.js', (route) => route.abort());
  await signIn(page, registry);
  const main = page.getByRole('navigation', { name: 'Main' });
  await main.getByRole('link', { name: 'Users' }).click();
  await expect(page.getByText('This page could not be loaded')).toBeVisible();
  await expect(main).toBeVisible();
  await page.unroute('**/assets/users-page*.js');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
});
