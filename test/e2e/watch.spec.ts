import { expect, signIn, test } from './berth.ts';
import { settled } from './screens.ts';

test.use({ owner: 'watch', allowed: ['error', 'policy', 'other origin', 'asked twice'] });

test('what a page must not do is seen by every test', async ({ page, registry, complaints, browser }) => {
  await signIn(page, registry);
  await page.goto(`${registry.origin}/i/local/projects`);
  await settled(page);
  expect(complaints).toEqual([]);

  await page.evaluate(() => setTimeout(() => decodeURIComponent('%'), 0));
  await expect.poll(() => complaints.map(({ fault }) => fault)).toEqual(['error']);

  complaints.length = 0;
  await page.evaluate(() => {
    const style = document.createElement('style');
    style.textContent = 'body { color: red }';
    document.head.append(style);
  });
  await expect.poll(() => complaints.some(({ what }) => what.includes('style-src'))).toBe(true);

  complaints.length = 0;
  const other = await browser.newContext();
  const stranger = await other.newPage();
  // A page without a policy: with it, the browser refuses before it asks.
  await stranger.route('**/plain', (route) => route.fulfill({ contentType: 'text/html', body: '<p>plain' }));
  await stranger.goto(`${registry.origin}/plain`);
  await stranger.evaluate(() => fetch('http://elsewhere.example/a.js').catch(() => null));
  await expect.poll(() => complaints.map(({ fault }) => fault)).toContain('other origin');
  await other.close();
});

test('the same thing asked twice while a page opens is seen', async ({ page, registry, complaints }) => {
  await signIn(page, registry);
  await page.addInitScript(() => {
    const before = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      if (typeof input === 'string' && input.includes('/projects')) void before(input, init);
      return before(input, init);
    };
  });
  await page.goto(`${registry.origin}/i/local/projects`);
  await settled(page);
  expect(complaints.map(({ fault }) => fault)).toContain('asked twice');
});
