import { gzipSync } from 'node:zlib';
import { expect, test } from './berth.ts';

test.use({ owner: 'budget' });

const budgetBytes = 300_000;

test('at most 300 kB of compressed script load before the first page shows', async ({ page, registry }) => {
  const scripts: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script') return;
    scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.goto(`${registry.origin}/i/local/projects`);
  await expect(page.getByRole('link', { name: 'library' })).toBeVisible();
  const bytes = (await Promise.all(scripts)).reduce((sum, size) => sum + size, 0);
  expect(scripts.length).toBeGreaterThan(3);
  expect(bytes).toBeLessThan(budgetBytes);
  test.info().annotations.push({ type: 'compressed script', description: `${bytes} bytes` });
  console.log(`compressed script before the first table: ${Math.round(bytes / 1000)} kB`);
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
