import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'overview' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createProject(registry, 'closed');
  await createUser(registry, 'mei');
  await createUser(registry, 'newcomer');
  await addMember(registry, 'web', { username: 'mei', role: 'developer' });
  await registry.push({ repository: 'web/app', tags: ['1'] });
  await registry.push({ repository: 'closed/secret', tags: ['1'] });
});

test('is where one arrives after signing in, with numbers of the whole registry', async ({
  page,
  registry,
}) => {
  await signIn(page, registry);
  await expect(page).toHaveURL(/\/i\/local\/overview$/);
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  const numbers = page.getByRole('region', { name: 'Numbers' });
  await expect(numbers).toContainText(/Artifacts\s*2/);
  await expect(numbers).toContainText('in 2 repositories');
  await expect(page.getByRole('region', { name: 'Needs attention' })).toContainText(
    'nothing needs attention',
  );
  await expect(page.getByRole('img', { name: /Chart: 0 pulls, 2 pushes/ })).toBeVisible();
});

test('shows a push as it happens, without a reload', async ({ page, registry }) => {
  await signIn(page, registry);
  const recent = page.getByRole('region', { name: 'Recent pushes' });
  await expect(recent.getByRole('link', { name: 'web/app' })).toBeVisible();
  await registry.push({ repository: 'web/late', tags: ['7.1'] });
  await expect(recent.getByRole('listitem').first()).toContainText('web/late');
  await expect(recent.getByRole('listitem').first()).toContainText('7.1');
  await recent.getByRole('link', { name: 'web/late' }).click();
  await expect(page).toHaveURL(/\/projects\/web\/repos\/late\/sha256/);
});

test('keeps the period in the address', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.getByText('24 h', { exact: true }).click();
  await expect(page).toHaveURL(/\?days=1$/);
  await expect(page.getByRole('table', { name: 'Traffic' }).getByRole('row')).toHaveCount(25);
  await page.reload();
  await expect(page.getByRole('radio', { name: '24 h' })).toBeChecked();
});

test('shows a member the own projects alone, and nothing of the server', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'mei', password: userPassword });
  await expect(page.getByRole('link', { name: 'web/app' })).toBeVisible();
  await expect(page.getByText('closed/secret')).toHaveCount(0);
  await expect(page.getByText('Needs attention')).toHaveCount(0);
  await expect(page.getByText('Storage')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Numbers' })).toContainText('in 1 project');
});

test('tells who is in no project how to get into one', async ({ page, registry }) => {
  await signIn(page, registry, { name: 'newcomer', password: userPassword });
  await expect(page.getByText('You are a member of no project')).toBeVisible();
});

test('says what could not be loaded, and loads it again when asked', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.route('**/api/berth/v1/overview*', (route) =>
    route.fulfill({
      status: 500,
      headers: { 'x-request-id': '0c3b7b1e-5d2a-4b4e-9a54-2f9b3c7e8d11' },
      json: { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
    }),
  );
  await page.goto(`${registry.origin}/i/local/overview?days=90`);
  await expect(page.getByText('The overview could not be loaded')).toBeVisible();
  await expect(page.getByText('0c3b7b1e')).toBeVisible();
  await page.unroute('**/api/berth/v1/overview*');
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('region', { name: 'Numbers' })).toBeVisible();
});
