import type { Page } from '@playwright/test';
import { test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';
import { seed, type Seeded } from './seed.ts';

test.use({ owner: 'screens-pages' });

let seeded: Seeded;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  seeded = await seed(registry);
});

for (const look of looks) {
  test.describe(`pages, ${nameOf(look)}`, () => {
    test.describe.configure({ timeout: 90_000 });
    test.beforeEach(async ({ page, registry }) => {
      await wear(page, look);
      await enter(page, registry);
    });

    test('projects', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/projects');
      await shot('projects');
      await page.locator('header .b-topbar-right button').last().click();
      await page.getByRole('menu').waitFor();
      await shot('account-menu');
      await page.keyboard.press('Escape');
      await page.locator('.b-header .b-actions button').click();
      await page.getByRole('dialog').waitFor();
      await shot('project-new');
      await open('/i/local/projects?q=nothing-like-it');
      await shot('projects-no-match');
      await open('/i/local/projects?q=edge');
      await rowMenu(page);
      await page.getByRole('dialog').waitFor();
      await shot('project-delete');
      await open('/i/local/projects?q=web');
      await rowMenu(page);
      await page.getByRole('dialog').waitFor();
      await shot('project-delete-refused');
      await page.route('**/api/v2.0/projects?*', (route) =>
        route.fulfill({
          status: 500,
          headers: { 'x-request-id': '0c3b7b1e-5d2a-4b4e-9a54-2f9b3c7e8d11' },
          json: { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
        }),
      );
      await open('/i/local/projects');
      await shot('projects-error');
    });

    test('project', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/projects/web');
      await shot('project');
      await page.locator('.b-header .b-actions button').nth(1).click();
      await page.locator('.mantine-Popover-dropdown:visible').first().waitFor();
      await shot('project-push-commands');
      await open('/i/local/projects/legacy-2024');
      await shot('project-empty');
      await open('/i/local/projects/web/members');
      await shot('members');
      await page.locator('.b-header .b-actions button').nth(1).click();
      await page.getByRole('dialog').waitFor();
      await shot('member-add');
      await open('/i/local/projects/nothing');
      await shot('not-found');
    });

    test('repository', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      const path = '/i/local/projects/web/repos/storefront-api';
      await open(path);
      await shot('repository');
      for (const tag of ['pr-1482', 'pr-1479', 'debug-heap']) {
        await page
          .getByRole('row', { name: new RegExp(tag) })
          .getByRole('checkbox')
          .check();
      }
      await shot('repository-selected');
      await page.locator('.b-bulk button:nth-last-of-type(2)').click();
      await page.getByRole('dialog').waitFor();
      await shot('artifacts-delete');
      await open(`${path}?tagged=no`);
      await shot('repository-filtered');
      await open(`${path}?tab=tags`);
      await shot('tags');
      await page
        .getByRole('row', { name: /latest/ })
        .getByRole('checkbox')
        .check();
      await page.locator('.b-bulk button:nth-last-of-type(2)').click();
      await page.getByRole('dialog').waitFor();
      await shot('tags-delete');
    });

    test('artifact', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      const path = '/i/local/projects/web/repos/storefront-api';
      await open(`${path}/${seeded.index}`);
      await page.locator('.b-referrers').waitFor();
      await shot('artifact');
      await page.locator('.b-split').click();
      await page.locator('.mantine-Popover-dropdown:visible').first().waitFor();
      await shot('artifact-pull-commands');
      await page.keyboard.press('Escape');
      await page.locator('.b-title-tags button').last().click();
      await page.getByRole('dialog').waitFor();
      await shot('tag-add');
      await open(`${path}/${seeded.image}`);
      await shot('artifact-image');
      await open(`${path}/${seeded.chart}`);
      await shot('artifact-chart');
    });

    test('users', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/users');
      await shot('users');
      await page.locator('.b-header .b-actions button').click();
      await page.getByRole('dialog').waitFor();
      await page.getByRole('dialog').locator('button[type=submit]').click();
      await shot('user-new-refused');
    });
  });

  test(`without signing in, ${nameOf(look)}`, async ({ page, registry }) => {
    const { open, shot } = stageOf(page, look, registry);
    await wear(page, look);
    await open('/login');
    await shot('login');
    await page.locator('input').first().fill('mei.lin');
    await page.locator('input[type=password]').fill('not-hers');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await shot('login-refused');
    await open('/i/local/projects');
    await shot('public-projects');
    await open('/i/local/projects/tools/repos/jq');
    await shot('public-repository');
    await open('/nowhere');
    await shot('nowhere');
  });
}

async function rowMenu(page: Page): Promise<void> {
  await page.locator('tbody tr').first().getByRole('button').last().click();
  await page.getByRole('menuitem').click();
}
