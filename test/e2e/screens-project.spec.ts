import { test, type Registry } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';
import { seed } from './seed.ts';

test.use({ owner: 'screens-project' });

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  await seed(registry);
  await seedLabels(registry);
});

async function seedLabels(registry: Registry): Promise<void> {
  const web = (await (await registry.api('GET', '/api/v2.0/projects/web')).json()) as { project_id: number };
  const rows = [
    ['release', '#1f8a4c', 'Passed the acceptance tests and may run in production'],
    ['preview', '#2f6fde', 'Built for a pull request'],
    ['blocked', '#d4382b', ''],
    ['keep', '#a67c00', 'Not to be removed when old artifacts are'],
  ] as const;
  for (const [name, color, description] of rows) {
    const body = { name, color, description, scope: 'p', project_id: web.project_id };
    await registry.api('POST', '/api/v2.0/labels', body);
  }
  const labels = (await (
    await registry.api('GET', `/api/v2.0/labels?scope=p&project_id=${web.project_id}`)
  ).json()) as { id: number; name: string }[];
  const release = labels.find(({ name }) => name === 'release')?.id;
  const artifacts = '/api/v2.0/projects/web/repositories/storefront-api/artifacts';
  for (const tag of ['2.14.0', '2.13.2', '2.13.1'])
    await registry.api('POST', `${artifacts}/${tag}/labels`, { id: release });
}

for (const look of looks) {
  test.describe(`a project, ${nameOf(look)}`, () => {
    test.describe.configure({ timeout: 120_000 });
    test.beforeEach(async ({ page, registry }) => {
      await wear(page, look);
      await enter(page, registry);
    });

    test('labels', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/projects/web/labels');
      await shot('labels');
      await page.locator('.b-header .b-actions button').first().click();
      await page.getByRole('dialog').waitFor();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await shot('label-new-refused');
      await open('/i/local/projects/web/labels?q=rel');
      await page.locator('tbody tr').first().getByRole('button').last().click();
      await page.getByRole('menuitem').last().click();
      await page.getByRole('dialog').waitFor();
      await shot('label-delete');
      await open('/i/local/projects/web/labels?q=nothing');
      await shot('labels-no-match');
      await open('/i/local/projects/sandbox/labels');
      await shot('labels-empty');
      await open('/i/local/settings/labels');
      await shot('settings-labels');
    });

    test('members', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/projects/web/members');
      for (const name of ['tomas', 'anna']) {
        const row = page.getByRole('row', { name: new RegExp(name) });
        await row.getByRole('checkbox').check();
      }
      await shot('members-selected');
      await page.locator('.b-bulk button').first().click();
      await page.getByRole('dialog').waitFor();
      await shot('members-role');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.locator('.b-header .b-actions button').first().click();
      await page.getByRole('dialog').waitFor();
      await shot('roles');
    });

    test('activity and settings', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/projects/web/activity');
      await shot('project-activity');
      await open('/i/local/projects/web/settings');
      await page.locator('input[type=radio][value=public]').waitFor();
      await shot('project-settings');
      await page.locator('input[type=radio][value=public]').check();
      await shot('project-settings-changed');
      await page.locator('.b-nav-item').first().click();
      await page.getByRole('dialog').waitFor();
      await shot('project-settings-leave');
    });
  });
}
