import { createProject, startRegistry, test, type Registry } from './berth.ts';
import { enter, looks, nameOf, picture, wear } from './screens.ts';

for (const look of looks) {
  test.describe(`the guide, ${nameOf(look)}`, () => {
    test.describe.configure({ timeout: 120_000 });
    let registry: Registry;
    test.beforeEach(async ({ page }) => {
      registry = await startRegistry();
      await wear(page, look);
      await enter(page, registry);
    });
    test.afterEach(async () => {
      await registry.dispose();
    });

    test('from the project to the image', async ({ page }) => {
      const shot = (name: string): Promise<void> => picture(page, look, name);
      await page.goto(registry.origin);
      await page.getByRole('radio').first().waitFor();
      await shot('guide-project');
      await createProject(registry, 'web');
      await page.goto(`${registry.origin}/welcome?project=web`);
      await page.locator('.b-waiting').waitFor();
      await shot('guide-waiting');
      await page.locator('.b-waiting button').click();
      await page.locator('.b-diagnosis').waitFor();
      await shot('guide-diagnosis');
      await registry.push({
        repository: 'web/alpine',
        tags: ['3.22'],
        layers: [{ step: 'ADD /', bytes: 3_620_000 }],
      });
      await page.getByText('linux/amd64').waitFor();
      await shot('guide-done');
    });

    test('the password step, as the desktop shows it', async ({ page }) => {
      // Only a server without an admin password shows this step, which `serve` never is: the two answers
      // are altered on their way. The desktop's own test goes through it with the real ones.
      const boot = '**/api/berth/v1/boot';
      await page.route(boot, async (route) => {
        const json = (await (await route.fetch()).json()) as { first_run: object };
        await route.fulfill({
          json: { ...json, first_run: { ...json.first_run, admin_password_set: false } },
        });
      });
      await page.route('**/first-run/admin-password', (route) =>
        route.fulfill({ json: { username: 'admin', password: 'kestrel-Anchor-4821-mooring' } }),
      );
      await page.addInitScript(() => {
        const berth = { invoke: () => Promise.resolve({ kept: true, store: 'GNOME Keyring' }) };
        Object.assign(globalThis, { berth });
      });
      await page.goto(registry.origin);
      const buttons = page.locator('.b-step[data-state=active] .b-button-row button');
      await buttons.first().waitFor();
      await picture(page, look, 'guide-password');
      await buttons.first().click();
      await page.getByText('kestrel-Anchor-4821-mooring').waitFor();
      await page.getByText('GNOME Keyring').waitFor();
      await picture(page, look, 'guide-password-kept');
    });
  });
}
