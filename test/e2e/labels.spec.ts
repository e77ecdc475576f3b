import { addMember, createProject, createUser, expect, signIn, test, userPassword } from './berth.ts';

test.use({ owner: 'labels' });

test.beforeAll(async ({ registry }) => {
  await createProject(registry, 'web');
  await createUser(registry, 'anna');
  await addMember(registry, 'web', { username: 'anna', role: 'developer' });
  await registry.push({ repository: 'web/app', tags: ['1.0'] });
});

const labels = '/i/local/projects/web/labels';

test('a label is made, changed and deleted, and the log says so', async ({ page, registry }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}${labels}`);
  await expect(page.getByText('No label yet')).toBeVisible();
  await page.getByRole('button', { name: 'New label' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create label' }).click();
  await expect(dialog.getByText('Enter a name')).toBeVisible();
  await dialog.getByLabel('Name').fill('release');
  await dialog.getByRole('radio', { name: 'Green' }).check({ force: true });
  await expect(dialog.getByLabel('Colour as a number')).toHaveValue('#1f8a4c');
  await dialog.getByLabel('Colour as a number').fill('url(x)');
  await dialog.getByRole('button', { name: 'Create label' }).click();
  await expect(dialog.getByText('Write it like #0065ab')).toBeVisible();
  await dialog.getByLabel('Colour as a number').fill('#0065ab');
  await dialog.getByLabel('Description').fill('May run in production');
  await dialog.getByRole('button', { name: 'Create label' }).click();
  const row = page.getByRole('row', { name: /release/ });
  await expect(row).toContainText('May run in production');

  await page.getByRole('button', { name: 'New label' }).click();
  await dialog.getByLabel('Name').fill('release');
  await dialog.getByRole('button', { name: 'Create label' }).click();
  await expect(dialog.getByText('There is a label release already')).toBeVisible();
  await page.keyboard.press('Escape');

  const [{ id }] = (await (
    await registry.api('GET', '/api/berth/v1/projects/web/labels')
  )
    .json()
    .then(({ items }: { items: { id: number }[] }) => items)) as [{ id: number }];
  const artifact = '/api/v2.0/projects/web/repositories/app/artifacts/1.0';
  await registry.api('POST', `${artifact}/labels`, { id });
  await row.getByRole('button', { name: 'More actions for release' }).click();
  await page.getByRole('menuitem', { name: 'Edit…' }).click();
  await dialog.getByLabel('Name').fill('released');
  await dialog.getByRole('button', { name: 'Save label' }).click();
  await expect(page.getByText('Label released changed')).toBeVisible();

  await page
    .getByRole('row', { name: /released/ })
    .getByRole('button')
    .click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await expect(dialog.getByText('goes from 1 artifact')).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete label' }).click();
  await expect(page.getByText('No label yet')).toBeVisible();
  const told = (await (await registry.api('GET', `${artifact}?with_label=true`)).json()) as object;
  expect(told).toMatchObject({ tags: expect.anything() });

  await page.getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByRole('link', { name: 'Delete label' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Add label' })).toBeVisible();
});

test('what one looks for is in the address, and a developer only looks', async ({ page, registry }) => {
  const { project_id: projectId } = (await (await registry.api('GET', '/api/v2.0/projects/web')).json()) as {
    project_id: number;
  };
  for (const name of ['keep', 'tested'])
    await registry.api('POST', '/api/v2.0/labels', { name, scope: 'p', project_id: projectId, color: '' });
  await signIn(page, registry, { name: 'anna', password: userPassword });
  await page.goto(`${registry.origin}${labels}`);
  await page.getByRole('textbox', { name: 'Filter labels' }).fill('kee');
  await expect(page.getByText('tested')).toHaveCount(0);
  await expect(page).toHaveURL(/q=kee/);
  await page.reload();
  await expect(page.getByText('keep', { exact: true })).toBeVisible();
  await page.getByRole('textbox', { name: 'Filter labels' }).fill('none like it');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByText('tested')).toBeVisible();
  await expect(page.getByRole('button', { name: 'New label' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /More actions/ })).toHaveCount(0);
});
