import { test } from './berth.ts';
import { enter, looks, nameOf, settled, stageOf, wear } from './screens.ts';
import { seed, type Seeded } from './seed.ts';

test.use({ owner: 'screens-frame' });

let seeded: Seeded;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(180_000);
  seeded = await seed(registry);
});

for (const look of looks) {
  test(`the palette, the keys and the drawer, ${nameOf(look)}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    await wear(page, look);
    await enter(page, registry);
    const { open, shot } = stageOf(page, look, registry);
    await open('/i/local/projects/web/repos/storefront-api');
    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox');
    await field.waitFor();
    await settled(page);
    await shot('palette-empty');
    await field.fill('store');
    await page.getByRole('option', { name: /storefront-web/ }).waitFor();
    await settled(page);
    await shot('palette-found');
    await field.fill(seeded.index);
    await page.getByRole('option', { name: /storefront-api@/ }).waitFor();
    await settled(page);
    await shot('palette-digest');
    await field.fill('nothing is called so');
    await page.locator('.b-palette-none').waitFor();
    await shot('palette-none');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await shot('keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await page.getByRole('dialog').waitFor();
    await shot('activity-empty');
  });
}
