import type { Page } from '@playwright/test';
import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'palette' });

let digest: string;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  for (const name of ['web', 'tools', 'secret']) await createProject(registry, name);
  digest = await registry.push({ repository: 'web/storefront-api', tags: ['2.14.0', 'latest'] });
  await registry.push({ repository: 'web/storefront-ui', tags: ['1.0'] });
  await registry.push({ repository: 'secret/storefront-keys', tags: ['9.9'] });
  await createUser(registry, 'mei.lin', 'Mei Lin');
  await createUser(registry, 'gus');
  await addMember(registry, 'web', { username: 'gus', role: 'guest' });
});

const field = (page: Page) => page.getByRole('combobox', { name: 'Search and commands' });
const option = (page: Page, name: string | RegExp) => page.getByRole('option', { name });

async function openPalette(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/i/local/projects`);
  await expect(page.getByRole('heading', { name: 'Projects' })).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
}

test('finds projects, images, tags and people, and opens what is chosen with the keyboard alone', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await openPalette(page, registry.origin);
  await page.keyboard.type('storefront');
  await expect(option(page, /web\/storefront-api/)).toHaveAttribute('aria-selected', 'false');
  await expect(option(page, /secret\/storefront-keys/)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(option(page, /web\/storefront-api/)).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('group', { name: 'Actions on web/storefront-api' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/projects\/web\/repos\/storefront-api$/);
  await expect(field(page)).toHaveCount(0);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('mei');
  await expect(option(page, /mei\.lin/)).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/users\?q=mei\.lin/);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('api:2.1');
  await expect(option(page, /web\/storefront-api:2\.14\.0/)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(encodeURIComponent(digest)));
});

test('a pasted reference, digest or address leads to its page, even when Enter is quicker than the answer', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  for (const pasted of [
    `docker pull ${new URL(registry.origin).host}/web/storefront-api:2.14.0`,
    digest,
    digest.slice(7, 19),
    `web/storefront-api@${digest}`,
    `${registry.origin}/i/local/projects/web/repos/storefront-api/${digest}`,
  ]) {
    await openPalette(page, registry.origin);
    await field(page).fill(pasted);
    await page.keyboard.press('Enter');
    await expect(page, pasted).toHaveURL(
      new RegExp(`web/repos/storefront-api/${digest.replace(':', '(:|%3A)')}`),
    );
  }
});

test('goes to pages and changes settings, in both languages', async ({ page, registry }) => {
  await signIn(page, registry);
  await openPalette(page, registry.origin);
  await page.keyboard.type('audit');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/audit$/);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('简体');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /搜索镜像/ })).toBeVisible();
});

test('copies the pull command of an image', async ({ page, registry, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, registry);
  await openPalette(page, registry.origin);
  await page.keyboard.type('storefront-api');
  await option(page, 'Copy pull command of the newest').click();
  const command = `docker pull ${new URL(registry.origin).host}/web/storefront-api:`;
  await expect(page.getByText(`Copied: ${command}`)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(command);
});

test('one request for each pause of typing, and an older answer never wins', async ({ page, registry }) => {
  await signIn(page, registry);
  await openPalette(page, registry.origin);
  const asked: string[] = [];
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  await page.route('**/api/berth/v1/search?*', async (route) => {
    const words = new URL(route.request().url()).searchParams.get('q') ?? '';
    asked.push(words);
    if (words === 'store') await held;
    await route.continue().catch(() => undefined);
  });
  await field(page).fill('store');
  await expect.poll(() => asked).toEqual(['store']);
  await field(page).fill('storefront-ui');
  await expect(option(page, /web\/storefront-ui/)).toBeVisible();
  letGo();
  await expect(option(page, /web\/storefront-api/)).toHaveCount(0);
  expect(asked).toEqual(['store', 'storefront-ui']);
});

test('shows a guest what is shared with it, no people, and only the pages of its own', async ({
  page,
  registry,
}) => {
  await signIn(page, registry, { name: 'gus', password: userPassword });
  await openPalette(page, registry.origin);
  await expect(option(page, 'Audit log')).toHaveCount(0);
  await expect(option(page, 'Users')).toHaveCount(0);
  await page.keyboard.type('storefront');
  await expect(option(page, /web\/storefront-api/)).toBeVisible();
  await expect(option(page, /secret/)).toHaveCount(0);
  await field(page).fill('gus');
  await expect(page.getByText(/Nothing matches/)).toBeVisible();
});

test('says why a search failed, and still leads to pages', async ({ page, registry }) => {
  await signIn(page, registry);
  await openPalette(page, registry.origin);
  await page.route('**/api/berth/v1/search?*', (route) => route.abort());
  await page.keyboard.type('audit');
  await expect(page.getByText(/The search failed: The server does not answer/)).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/audit$/);
});

test('closes with Escape and gives the focus back; not over another dialog', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  const opener = page.getByRole('button', { name: /Search images/ });
  await opener.click();
  await expect(field(page)).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(field(page)).toHaveCount(0);
  await expect(opener).toBeFocused();
  await page.getByRole('button', { name: 'New project' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Control+k');
  await expect(field(page)).toHaveCount(0);
});

test('loses no letter that is typed while its code is on the way', async ({ page, registry }) => {
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  await page.route('**/assets/palette-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  await expect(page.getByRole('heading', { name: 'Projects' })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('storefront-u');
  letGo();
  await expect(field(page)).toHaveValue('storefront-u');
  await page.keyboard.type('i');
  await expect(field(page)).toHaveValue('storefront-ui');
  await expect(option(page, /web\/storefront-ui/)).toBeVisible();
});
