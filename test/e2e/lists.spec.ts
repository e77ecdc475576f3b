import type { Page } from '@playwright/test';
import { createProject, expect, test, type Registry } from './berth.ts';
import { enter } from './screens.ts';

test.use({ owner: 'lists' });

const path = '/i/local/projects/web/repos/storefront-api';
/** More than two pages of a list, and more than are drawn at once. */
const builds = 130;
const names = Array.from({ length: builds }, (_, at) => `build-${String(at).padStart(3, '0')}`);

const image = (tag: string, bytes: number, platform?: string) => ({
  repository: 'web/storefront-api',
  tags: [tag],
  layers: [{ step: `RUN ${tag}`, bytes }],
  ...(platform && { platform }),
});

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  await createProject(registry, 'web');
  for (const tag of names) await registry.push(image(tag, 100));
  await registry.push({ ...image('2.0.0', 5000), tags: ['2.0.0', 'latest'] });
  for (let at = 0; at < 3; at++) await registry.push({ ...image('1', 10), repository: `web/old-${at}` });
  for (let at = 10; at < 23; at++)
    await registry.push({ ...image(`spare-${at}`, 10), repository: 'web/spare' });
});

test.beforeEach(({ page, registry }) => enter(page, registry));

const open = async (page: Page, registry: Registry, query = ''): Promise<void> => {
  await page.goto(`${registry.origin}${path}${query}`);
  await page.locator('tbody tr[data-index]').first().waitFor();
};
const shownRows = (page: Page) => page.locator('tbody tr[data-index]');
const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`\\b${name}\\b`) });

test('a long list draws the rows in sight only, and knows how many there are', async ({ page, registry }) => {
  await open(page, registry);
  await expect(page.getByRole('table')).toHaveAttribute('aria-rowcount', String(builds + 2));
  // Its end moves away while more of it loads.
  await expect(async () => {
    await page.keyboard.press('End');
    await expect(page.getByText('build-000')).toBeVisible({ timeout: 1000 });
  }).toPass();
  // Those of the beginning are gone from the page, and their room is not.
  await expect(page.getByText('2.0.0')).toHaveCount(0);
  expect(await shownRows(page).count()).toBeLessThan(70);
  await expect(page.getByRole('columnheader', { name: 'Digest' })).toBeInViewport();
  await page.keyboard.press('Home');
  await expect(page.getByText('2.0.0')).toBeVisible();
});

test('a row is reached, selected, opened and deleted by keys alone', async ({ page, registry }) => {
  await open(page, registry);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: 'build-129' })).toBeFocused();
  await page.keyboard.press('Shift+J');
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('3 selected')).toHaveCount(0);
  await page.keyboard.press('x');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+X');
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.keyboard.press('Delete');
  await expect(page.getByRole('dialog', { name: /Delete 3 artifacts/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByText('3 selected')).toHaveCount(0);
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Copy pull command' })).toBeVisible();
});

test('a range of rows is selected with Shift, and then all there are', async ({ page, registry }) => {
  await open(page, registry);
  await row(page, 'build-129').getByRole('checkbox').click();
  await row(page, 'build-125')
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] });
  await expect(page.getByText('5 selected')).toBeVisible();
  await expect(page.getByRole('button', { name: /Select all \d/ })).toHaveCount(0);
  await page.getByRole('checkbox', { name: 'Select all rows' }).click();
  await page.getByRole('button', { name: 'Select all 131' }).click();
  await expect(page.getByText('131 selected')).toBeVisible();
});

test('selecting all gives up where the selection is cleared or the list is another meanwhile', async ({
  page,
  registry,
}) => {
  const selectAll = async (): Promise<() => void> => {
    await open(page, registry);
    await page.getByRole('checkbox', { name: 'Select all rows' }).click();
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.unrouteAll();
    await page.route(/\/artifacts\?.*after=/, async (route) => {
      await promise;
      await route.continue().catch(() => undefined);
    });
    const asked = page.waitForRequest(/\/artifacts\?.*after=/);
    await page.getByRole('button', { name: 'Select all 131' }).click();
    await asked;
    return resolve;
  };
  const letCleared = await selectAll();
  await page.keyboard.press('Escape');
  const loaded = page.waitForResponse(/\/artifacts\?.*after=/);
  letCleared();
  await loaded;
  await page.waitForTimeout(300);
  await expect(page.getByText(/\d selected/)).toHaveCount(0);
  const letFiltered = await selectAll();
  await page.getByRole('textbox', { name: 'Filter by tag or digest' }).fill('build-12');
  await expect(page.getByText('10 of 131 artifacts')).toBeVisible();
  letFiltered();
  await page.waitForTimeout(300);
  await expect(page.getByText('50 selected')).toBeVisible();
});

test('filters live in the address, say how many match, and come off one by one', async ({
  page,
  registry,
}) => {
  await open(page, registry);
  await page.getByRole('textbox', { name: 'Filter by tag or digest' }).fill('build-12');
  await expect(page.getByText('10 of 131 artifacts')).toBeVisible();
  await expect(page).toHaveURL(/q=build-12/);
  await page.getByRole('button', { name: 'Platform' }).click();
  await page.getByRole('menuitemradio', { name: 'arm64' }).click();
  await expect(page.getByText('No artifact matches')).toBeVisible();
  await page.reload();
  await page.getByRole('button', { name: 'Clear arm64' }).click();
  await expect(page.getByText('10 of 131 artifacts')).toBeVisible();
});

test('columns are chosen, and stay so in this browser', async ({ page, registry }) => {
  await open(page, registry);
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Type' }).click();
  await expect(page.getByRole('columnheader', { name: 'Type' })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Digest' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Type' })).toHaveCount(0);
});

test('every tag of the repository is in its list, by name or by time', async ({ page, registry }) => {
  await open(page, registry, '?tab=tags');
  await expect(page.getByText('132 tags')).toBeVisible();
  await page.getByRole('button', { name: 'Tag', exact: true }).click();
  await expect(shownRows(page).first()).toContainText('2.0.0');
  await expect(page).toHaveURL(/sort=name/);
});

test('many deletions go on among the activities while one does something else', async ({
  page,
  registry,
}) => {
  await open(page, registry, '?q=build-1');
  await expect(page.getByText('30 of 131 artifacts')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all rows' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/becomes free at the next clean-up/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete 30 artifacts' }).click();
  await expect(dialog).toHaveCount(0);
  await page.getByRole('link', { name: 'web', exact: true }).click();
  await expect(page.getByText('30 deleted')).toBeVisible({ timeout: 30_000 });
  await open(page, registry);
  await expect(page.getByRole('table')).toHaveAttribute('aria-rowcount', '102');
});

test('what is left to the activities is selected no more, and what is selected then stays so', async ({
  page,
  registry,
}) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route('**/*', async (route) => {
    if (route.request().method() === 'DELETE') await promise;
    await route.continue();
  });
  await page.goto(`${registry.origin}/i/local/projects/web/repos/spare`);
  await page.getByRole('checkbox', { name: 'Select all rows' }).click();
  for (const name of ['spare-10', 'spare-11']) await row(page, name).getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 11 artifacts' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByText(/\d selected/)).toHaveCount(0);
  await row(page, 'spare-10').getByRole('checkbox').click();
  await expect(page.getByText('1 selected')).toBeVisible();
  resolve();
  await expect(page.getByText('11 deleted')).toBeVisible();
  await expect(shownRows(page)).toHaveCount(2);
  await expect(page.getByText('1 selected')).toBeVisible();
  await row(page, 'spare-11').getByRole('link').first().focus();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 artifact' }).click();
  await expect(shownRows(page)).toHaveCount(1);
  await expect(page.getByText('1 selected')).toBeVisible();
});

test('one label is given to several artifacts at once', async ({ page, registry }) => {
  const project = (await (await registry.api('GET', '/api/v2.0/projects/web')).json()) as {
    project_id: number;
  };
  const label = { name: 'release', color: '#1f8a4c', scope: 'p', project_id: project.project_id };
  await registry.api('POST', '/api/v2.0/labels', label);
  await open(page, registry);
  for (const name of ['2.0.0', 'build-099']) await row(page, name).getByRole('checkbox').click();
  await page.getByRole('button', { name: 'Add label…' }).click();
  await page.getByRole('combobox', { name: 'Label' }).click();
  await page.getByRole('option', { name: 'release' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Add label' }).click();
  await expect(page.getByText('2 artifacts carry release')).toBeVisible();
  await page.getByRole('button', { name: 'Label', exact: true }).click();
  await page.getByRole('menuitemradio', { name: 'release' }).click();
  await expect(page.getByText('2 of 101 artifacts')).toBeVisible();
});

test('repositories are deleted several at once, after being told what they hold', async ({
  page,
  registry,
}) => {
  await page.goto(`${registry.origin}/i/local/projects/web?q=old-`);
  await expect(page.getByText('3 repositories', { exact: true })).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all rows' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 3 repositories from web' });
  await expect(dialog.getByText('goes, with 1 artifact').first()).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete 3 repositories' }).click();
  await expect(page.getByText('No repository matches')).toBeVisible();
});

test('a repository is described in Markdown, of which no markup runs', async ({ page, registry }) => {
  await page.goto(`${registry.origin}${path}?tab=about`);
  await page.getByRole('button', { name: 'Edit description' }).click();
  await page
    .getByRole('textbox', { name: 'Description' })
    .fill('# The shop\n\n**Fast** <img src=x onerror=alert(1)> [go](javascript:alert(1))');
  await page.getByRole('button', { name: 'Save description' }).click();
  await expect(page.getByRole('heading', { name: 'The shop' })).toBeVisible();
  await expect(page.locator('.b-markdown img')).toHaveCount(0);
  await expect(page.locator('.b-markdown a')).toHaveCount(0);
});
