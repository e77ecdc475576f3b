import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';
import { seed } from './seed.ts';

test.use({ owner: 'screens-overview' });

/** The numbers of a busy registry: what a fresh one cannot have, days of traffic above all. */
const busy = JSON.parse(await readFile(join(import.meta.dirname, 'overview-busy.json'), 'utf8')) as object;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  await seed(registry);
});

for (const look of looks) {
  test(`overview, ${nameOf(look)}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    await wear(page, look);
    await enter(page, registry);
    const { open, shot } = stageOf(page, look, registry);
    await open('/i/local/overview');
    await shot('overview-new');
    const answer = (reply: Parameters<Parameters<Parameters<typeof page.route>[1]>[0]['fulfill']>[0]) =>
      page.route('**/api/berth/v1/overview*', (route) => route.fulfill(reply));
    await answer({ json: busy });
    await open('/i/local/overview');
    await page.locator('.recharts-area').first().waitFor();
    await shot('overview-busy');
    await answer({
      json: { ...busy, scope: 'own', projects: 0, repositories: 0, recent: [], stock: null },
    });
    await open('/i/local/overview');
    await shot('overview-no-project');
    await answer({
      status: 500,
      headers: { 'x-request-id': '0c3b7b1e-5d2a-4b4e-9a54-2f9b3c7e8d11' },
      json: { errors: [{ code: 'UNKNOWN', message: 'internal server error' }] },
    });
    await open('/i/local/overview');
    await shot('overview-error');
  });
}
