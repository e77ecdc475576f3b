import { expect, test } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { findCommand } from '../support/process.ts';
import { adminPassword, createProject, startRegistry, type Registry } from './berth.ts';

/**
 * One journey in Firefox. Playwright drives only a Firefox of its own making; this is the system's, over
 * WebDriver BiDi. So the test has no page of Playwright's, and waits by itself.
 */
const executablePath =
  process.env['BERTH_FIREFOX'] ?? ['firefox-esr', 'firefox'].map(findCommand).find(Boolean);

test.describe('in Firefox', () => {
  test.skip(executablePath === undefined, 'no Firefox on this machine');
  test.describe.configure({ timeout: 120_000 });

  let registry: Registry;
  let browser: Browser;
  test.beforeEach(async () => {
    registry = await startRegistry();
    browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: executablePath ?? '',
      defaultViewport: { width: 1280, height: 800 },
    });
  });
  test.afterEach(async () => {
    await browser.close();
    await registry.dispose();
  });

  test('one signs in, sees a push arrive, filters, deletes and changes the language', async () => {
    const page = await browser.newPage();
    const faults = await watch(page, registry.origin);
    await createProject(registry, 'web');
    await registry.push({ repository: 'web/api', tags: ['1.0'] });

    await page.goto(`${registry.origin}/i/local/projects/web`);
    await click(page, '.b-whole-page ::-p-text(Sign in)');
    await page.locator('input[autocomplete=username]').fill('admin');
    await page.locator('input[type=password]').fill(adminPassword);
    await page.keyboard.press('Enter');
    await see(page, '::-p-text(web)');
    await see(page, 'table ::-p-text(api)');
    expect(new URL(page.url()).pathname).toBe('/i/local/projects/web');

    await registry.push({ repository: 'web/worker', tags: ['2.0'] });
    await see(page, 'table ::-p-text(worker)');

    await page.keyboard.press('/');
    await page.keyboard.type('wor');
    await gone(page, 'table ::-p-text(api)');
    await expect.poll(() => page.url()).toContain('q=wor');
    await click(page, 'table a ::-p-text(worker)');
    await see(page, 'table ::-p-text(2.0)');

    await click(page, 'tbody [role=checkbox], tbody input[type=checkbox]');
    await click(page, '.b-bulk ::-p-text(Delete)');
    await see(page, '[role=dialog] ::-p-text(2.0)');
    await click(page, '[role=dialog] .b-dialog-footer button:last-child');
    await gone(page, 'table ::-p-text(2.0)');
    await expect.poll(async () => (await artifactsOf('worker')).length).toBe(0);

    await page.goto(`${registry.origin}/i/local/projects`);
    await click(page, 'header .b-topbar-right > :last-child');
    await click(page, '[role=menu] ::-p-text(中文)');
    await see(page, 'h1 ::-p-text(项目)');
    expect(await page.$eval('html', (html) => html.lang)).toBe('zh-CN');
    expect(faults).toEqual([]);

    // And what must not be would have been seen.
    await page.evaluate(() => {
      document.head.append(Object.assign(document.createElement('style'), { textContent: 'p { top: 0 }' }));
    });
    await expect.poll(() => faults.join()).toContain('style-src');
  });

  const artifactsOf = async (name: string): Promise<unknown[]> => {
    const reply = await registry.api('GET', `/api/v2.0/projects/web/repositories/${name}/artifacts`);
    return (await reply.json()) as unknown[];
  };
});

const see = async (page: Page, selector: string): Promise<void> =>
  void (await page.waitForSelector(selector, { visible: true, timeout: 15_000 }));
const gone = async (page: Page, selector: string): Promise<void> =>
  void (await page.waitForSelector(selector, { hidden: true, timeout: 15_000 }));
const click = async (page: Page, selector: string): Promise<void> =>
  await page.locator(selector).setTimeout(15_000).click();

/** The same as every other test of the console is watched for. */
async function watch(page: Page, origin: string): Promise<readonly string[]> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/content-security-policy|content security policy/i.test(message.text())) faults.push(message.text());
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content security policy: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  page.on('request', (request) => {
    if (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      faults.push(`asked ${request.url()}`);
    }
  });
  return faults;
}
