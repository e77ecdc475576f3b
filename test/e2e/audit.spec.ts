import { readFile } from 'node:fs/promises';
import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'audit' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createProject(registry, 'tools');
  for (const name of ['mei', 'anna']) await createUser(registry, name);
  await addMember(registry, 'web', { username: 'mei', role: 'projectAdmin' });
  await addMember(registry, 'web', { username: 'anna', role: 'developer' });
  await registry.push({ repository: 'web/app', tags: ['1.0'] });
  await registry.push({ repository: 'tools/jq', tags: ['1.8'] });
  await registry.api('PUT', '/api/v2.0/projects/web', { metadata: { public: 'true' } });
});

test('an administrator finds who changed what, and sees it before and after', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/audit`);
  await page.getByRole('button', { name: 'Operation' }).click();
  await page.getByRole('menuitemradio', { name: 'Change' }).click();
  await page.getByRole('button', { name: 'Object type' }).click();
  await page.getByRole('menuitemradio', { name: 'Project' }).click();
  await page.getByRole('button', { name: 'Time' }).click();
  await page.getByRole('radio', { name: 'Last 24 hours' }).check();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/operation=update.*type=project.*within=24h/);
  await page.getByRole('link', { name: 'Change project' }).click();
  const drawer = page.getByRole('dialog', { name: 'Change project' });
  await expect(drawer.getByRole('row', { name: 'public false true' })).toBeVisible();
  await expect(page).toHaveURL(/entry=\d+/);
  // The address alone shows the same, without the filters that found it.
  const entry = new URL(page.url()).searchParams.get('entry');
  await page.goto(`${registry.origin}/i/local/audit?entry=${entry}&object=nothing-like-it`);
  await expect(drawer.getByRole('row', { name: 'public false true' })).toBeVisible();
  await drawer.getByRole('button', { name: 'All about this object' }).click();
  await expect(drawer).toHaveCount(0);
  await expect(page.getByRole('textbox', { name: 'Filter by object' })).toHaveValue('web');
  await expect(page.getByRole('row', { name: /tools/ })).toHaveCount(0);
  await page.goBack();
  await page.goto(`${registry.origin}/i/local/audit?entry=99999`);
  await expect(page.getByText('There is no such entry')).toBeVisible();
});

test('what the filters leave is saved as a file', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/audit?operation=create&type=project&object=tools`);
  await page.getByRole('row', { name: /tools/ }).waitFor();
  const waiting = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('audit-log.csv');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('"create","project","tools"');
});

test('a project admin reads the activity of the project, and no other log', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'mei', password: userPassword });
  await page.goto(`${registry.origin}/i/local/projects/web/activity`);
  await expect(page.getByRole('row', { name: /web\/app:1\.0/ })).toBeVisible();
  await page.goto(`${registry.origin}/i/local/audit`);
  await expect(page.getByRole('row', { name: /web\/app:1\.0/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /tools/ })).toHaveCount(0);
});

test('a developer is told who may read it', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'anna', password: userPassword });
  await page.goto(`${registry.origin}/i/local/projects/web/activity`);
  await expect(
    page.getByText('It needs the role Project admin. A project admin of web can give it'),
  ).toBeVisible();
  await page.goto(`${registry.origin}/i/local/projects/web/settings`);
  await expect(page.getByText('Your role does not allow this')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(0);
  await page.goto(`${registry.origin}/i/local/audit`);
  await expect(page.getByText('Not found or not shared with you')).toBeVisible();
});
