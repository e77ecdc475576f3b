import { adminPassword, createProject, expect, signIn, test } from './berth.ts';

test.use({ owner: 'live' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'live');
  await registry.push({ repository: 'live/app', tags: ['1'] });
});

test('a push shows in an open list without a reload', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/live`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await registry.push({ repository: 'live/second', tags: ['1'] });
  await expect(page.getByRole('link', { name: 'second' })).toBeVisible();
});

test('new rows wait while the pointer is over the table', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/live/repos/app`);
  await page.getByText('1', { exact: true }).last().hover();
  await registry.push({ repository: 'live/app', tags: ['2-late'], layers: [{ step: 'RUN 2', bytes: 10 }] });
  await expect(page.getByRole('button', { name: '1 new' })).toBeVisible();
  await expect(page.getByText('2-late')).toHaveCount(0);
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(page.getByText('2-late')).toBeVisible();
});

test('keys: slash filters, g p leads to projects, [ folds the navigation, the skip link skips', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/live`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#content')).toBeFocused();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Filter repositories')).toBeFocused();
  await page.keyboard.type('nope');
  await expect(page.getByText('No repository matches')).toBeVisible();
  await expect(page).toHaveURL(/q=nope/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  const nav = page.getByRole('navigation', { name: 'Main' });
  const wide = (await nav.boundingBox())?.width ?? 0;
  await page.keyboard.press('[');
  await expect.poll(async () => (await nav.boundingBox())?.width ?? 0).toBeLessThan(wide);
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await expect(page).toHaveURL(/\/i\/local\/projects$/);
});

test('a wrong password is answered kindly, and signing out ends the session', async ({ page, registry }) => {
  await page.goto(`${registry.origin}/login`);
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill('not-the-one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('User name and password do not match')).toBeVisible();
  // The server lets the name rest for a moment; the form waits with it instead of refusing the right password.
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
  await page.getByRole('button', { name: /Account of admin/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login$/);
  await page.goto(`${registry.origin}/i/local/projects/live`);
  await expect(page.getByText('Not found or not shared with you')).toBeVisible();
});

test('a session that ended elsewhere leads to the sign-in form, and from there back', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  await page.getByRole('link', { name: 'live', exact: true }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'live', exact: true }).click();
  await expect(page).toHaveURL(/\/login\?to=/);
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill(adminPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/projects\/live$/);
});

test('a link to what is private offers to sign in', async ({ page, registry }) => {
  await page.goto(`${registry.origin}/i/local/projects/live`);
  await page
    .locator('.b-whole-page')
    .getByRole('button', { name: 'Sign in' })
    .or(page.locator('.b-whole-page').getByRole('link', { name: 'Sign in' }))
    .click();
  await expect(page).toHaveURL(/\/login\?to=/);
});
