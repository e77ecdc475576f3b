import { test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';
import { seed } from './seed.ts';

test.use({ owner: 'screens-audit' });

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  await seed(registry);
  await registry.api('PUT', '/api/v2.0/projects/web', { metadata: { public: 'true' } });
});

for (const look of looks) {
  test(`the audit log, ${nameOf(look)}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    const { open, shot } = stageOf(page, look, registry);
    await wear(page, look);
    await enter(page, registry);
    await open('/i/local/audit');
    await shot('audit');
    await open('/i/local/audit?operation=update&type=project&within=24h');
    await shot('audit-filtered');
    await page.locator('tbody .b-name').first().click();
    await page.getByRole('dialog').waitFor();
    await page.locator('.b-audit-facts').waitFor();
    await shot('audit-entry');
    await open('/i/local/audit?object=nothing-like-it');
    await shot('audit-no-match');
    await page.locator('.b-filter-menu').last().click();
    await page.locator('.mantine-Popover-dropdown').waitFor();
    await shot('audit-time');
    await page.route('**/api/berth/v1/audit?*', (route) =>
      route.fulfill({
        status: 500,
        headers: { 'x-request-id': '0c3b7b1e-5d2a-4b4e-9a54-2f9b3c7e8d11' },
        json: { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
      }),
    );
    await open('/i/local/audit');
    await shot('audit-error');
  });
}
