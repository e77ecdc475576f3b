import { test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';

test.use({ owner: 'screens-settings' });

for (const look of looks) {
  test.describe(`settings, ${nameOf(look)}`, () => {
    test.describe.configure({ timeout: 120_000 });
    test.beforeEach(async ({ page, registry }) => {
      await wear(page, look);
      await enter(page, registry);
    });

    test('sections', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      for (const section of ['storage', 'network', 'health', 'appearance']) {
        await open(`/i/local/settings/${section}`);
        await shot(`settings-${section}`);
      }
      await open('/i/local/settings/about?q=mantine');
      await page.locator('summary').first().click();
      await page.locator('.b-libraries pre').waitFor();
      await shot('settings-about');
      await open('/i/local/settings/about?q=nothing-like-it');
      await shot('settings-about-no-match');
    });

    test('general, its changes and what it refuses', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await open('/i/local/settings/general');
      await shot('settings-general');
      await page.locator('[data-path=announce]').check();
      await page.locator('[data-path=session]').fill('0');
      await page.locator('[data-page-save]').click();
      await page.locator('[aria-invalid=true]').first().waitFor();
      await shot('settings-general-refused');
      await page.locator('.b-tab').last().click();
      await page.getByRole('dialog').waitFor();
      await shot('settings-leave');
    });

    test('what cannot be loaded, and what is on fire', async ({ page, registry }) => {
      const { open, shot } = stageOf(page, look, registry);
      await page.route('**/api/berth/v1/system/network', (route) =>
        route.fulfill({
          status: 500,
          headers: { 'x-request-id': '0c3b7b1e-5d2a-4b4e-9a54-2f9b3c7e8d11' },
          json: { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
        }),
      );
      await open('/i/local/settings/network');
      await shot('settings-error');
      await page.route('**/api/berth/v1/system/storage', async (route) => {
        const reply = await route.fetch();
        const body = (await reply.json()) as { volume: object };
        await route.fulfill({ json: { ...body, volume: { total: 5e11, free: 1.2e9, floor: 2.147e9 } } });
      });
      await page.route('**/api/berth/v1/system/health', async (route) => {
        const reply = await route.fetch();
        const body = (await reply.json()) as { components: { name: string }[] };
        const components = body.components.map((each) => ({ ...each, healthy: each.name !== 'registry' }));
        await route.fulfill({ json: { ...body, healthy: false, components } });
      });
      await open('/i/local/settings/health');
      await shot('settings-health-ill');
      await open('/i/local/settings/storage');
      await shot('settings-storage-full');
    });
  });
}
