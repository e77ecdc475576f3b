import { createProject, expect, signIn, test } from './berth.ts';

test.use({ owner: 'keys' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'keys');
  await registry.push({ repository: 'keys/app', tags: ['1'] });
});

test('letters lead to pages and open the sheet, which lists only what does something', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/keys`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await expect(page).toHaveURL(/\/projects$/);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/\/overview/);
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet.getByText('Go to settings')).toBeVisible();
  // Keys belong to the dialog while it is open.
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
  await expect(page).toHaveURL(/\/overview/);
});

test('single letters can be switched off; keys with Ctrl stay', async ({ page, registry }) => {
  await page.addInitScript(() => localStorage.setItem('berth-letter-keys', 'off'));
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  await expect(page.getByRole('heading', { name: 'Projects' })).toBeVisible();
  await page.keyboard.press('?');
  await page.keyboard.press('/');
  await page.keyboard.press('Control+.');
  // Keys are handled one after the other: the drawer is open, so the letters before it did nothing.
  await expect(page.getByRole('dialog', { name: 'Activity' })).toBeVisible();
  await expect(page.getByText('Nothing is running')).toBeVisible();
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toHaveCount(0);
  await page.keyboard.press('Control+.');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByLabel('Filter projects')).not.toBeFocused();
});

test('whoever is signed out in the middle of work signs in and is back where he was', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects/keys?q=app`);
  await expect(page.getByRole('link', { name: 'app', exact: true })).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'app', exact: true }).click();
  await expect(page).toHaveURL(/\/login\?to=/);
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('textbox', { name: 'Password' }).fill('Harbour-master-1');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/projects\/keys\/repos\/app/);
});

test('says on every page that the registry is read-only', async ({ page, registry }) => {
  await registry.api('PUT', '/api/v2.0/configurations', { read_only: true });
  try {
    await signIn(page, registry);
    await page.goto(`${registry.origin}/i/local/projects`);
    await expect(page.getByText(/Read-only: nothing can be pushed/)).toBeVisible();
    await expect(page.getByRole('link', { name: 'Open settings' })).toBeVisible();
  } finally {
    await registry.api('PUT', '/api/v2.0/configurations', { read_only: false });
  }
});
