import type { Page } from '@playwright/test';
import { expect, test } from './berth.ts';
import { enter } from './screens.ts';
import { seed, type Seeded } from './seed.ts';

test.use({ owner: 'budget' });

/** Compressed script, in bytes, asked for until a page shows its heading. */
const firstPageBudget = 300_000;

let seeded: Seeded;
test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  seeded = await seed(registry);
});

const repository = '/i/local/projects/web/repos/storefront-api';
const pages = [
  '/login',
  '/welcome',
  '/i/local/overview',
  '/i/local/projects',
  '/i/local/projects/web',
  '/i/local/projects/web/members',
  repository,
  `${repository}/DIGEST`,
  '/i/local/users',
  '/i/local/audit',
  '/i/local/settings/general',
  '/profile',
];

test('at most 300 kB of compressed script load before a page shows, whichever is the first', async ({
  browser,
  registry,
}) => {
  test.setTimeout(120_000);
  const sizes: Record<string, string> = {};
  for (const path of pages) {
    // Each with an empty cache.
    const context = await browser.newContext();
    const page = await context.newPage();
    await noteFirstHeading(page);
    if (path !== '/login') await enter(page, registry);
    await page.goto(`${registry.origin}${path.replace('DIGEST', seeded.index)}`);
    await page.locator('h1').first().waitFor();
    const scripts = (await scriptsOf(page)).filter(({ beforeHeading }) => beforeHeading);
    const bytes = scripts.reduce((sum, script) => sum + script.bytes, 0);
    const plain = scripts.reduce((sum, script) => sum + script.plain, 0);
    sizes[path] = `${Math.round(bytes / 1000)} kB`;
    expect.soft(bytes, path).toBeLessThan(firstPageBudget);
    expect.soft(bytes, path).toBeGreaterThan(100_000);
    // The server really sends it compressed.
    expect.soft(plain, path).toBeGreaterThan(2 * bytes);
    await context.close();
  }
  console.log('compressed script until the page shows:', sizes);
});

test('the page has no inline script, and its policy allows none', async ({ page, registry }) => {
  const reply = await page.goto(`${registry.origin}/login`);
  const policy = reply?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("style-src 'self' 'nonce-");
  expect(policy).not.toContain('unsafe');
  const html = (await reply?.text()) ?? '';
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  expect(html).not.toContain('__BERTH_NONCE__');
  // The nonce reaches the styles that the page makes itself: without it the tokens would be missing.
  const accent = await page.evaluate(() =>
    getComputedStyle(document.documentElement).getPropertyValue('--b-accent'),
  );
  expect(accent).toBe('#2552c4');
});

/** Notes when the page's first heading is there: until then nothing of the page shows. */
async function noteFirstHeading(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector('h1')) return;
      performance.mark('first heading');
      watcher.disconnect();
    });
    watcher.observe(document, { subtree: true, childList: true });
  });
}

interface Script {
  readonly name: string;
  readonly bytes: number;
  readonly plain: number;
  readonly beforeHeading: boolean;
}

/** The scripts that the page has loaded, as they travelled and as they are. */
async function scriptsOf(page: Page): Promise<Script[]> {
  return await page.evaluate(() => {
    const shown = performance.getEntriesByName('first heading')[0]?.startTime ?? Number.POSITIVE_INFINITY;
    return performance
      .getEntriesByType('resource')
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .filter((entry) => entry.name.endsWith('.js'))
      .map(({ name, encodedBodySize, decodedBodySize, startTime }) => ({
        name: name.replace(/^.*\//, ''),
        bytes: encodedBodySize,
        plain: decodedBodySize,
        beforeHeading: startTime < shown,
      }));
  });
}
