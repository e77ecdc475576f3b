import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { adminPassword, type Registry } from './berth.ts';
import { callsUnderWay } from './watch.ts';

const folder = join(import.meta.dirname, '../../dist/screenshots');

export interface Look {
  readonly theme: 'light' | 'dark';
  readonly language: 'en' | 'zh-CN';
}

/** Each page is shown in both themes and both languages. */
export const looks: readonly Look[] = [
  { theme: 'light', language: 'en' },
  { theme: 'dark', language: 'en' },
  { theme: 'light', language: 'zh-CN' },
  { theme: 'dark', language: 'zh-CN' },
];

export const nameOf = (look: Look): string => `${look.theme}-${look.language === 'en' ? 'en' : 'zh'}`;

/** Sets theme and language before any page loads, and stills what moves. */
export async function wear(page: Page, look: Look): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.addInitScript(({ theme, language }) => {
    localStorage.setItem('berth-theme', theme);
    localStorage.setItem('berth-language', language);
  }, look);
}

/** A session without the form, which has pictures of its own. */
export async function enter(page: Page, registry: Registry): Promise<void> {
  const form = { principal: 'admin', password: adminPassword };
  const reply = await page.request.post(`${registry.origin}/c/login`, { form });
  expect(reply.status()).toBe(200);
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Makes the picture, and lets axe look at the same page: nothing serious, nothing critical, no sideways scroll. */
export async function picture(page: Page, look: Look, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}-${nameOf(look)}.png`), animations: 'disabled' });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(sideways, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
  // What axe finds does not depend on the language, and only the contrast of colours on the theme.
  if (look.language !== 'en') return;
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (look.theme === 'light') axe.withTags(rules);
  else axe.withRules(['color-contrast']);
  const { violations } = await axe.analyze();
  const bad = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
  expect.soft(bad, `axe on ${name}`).toEqual([]);
}

export interface Stage {
  page: Page;
  look: Look;
  open: (path: string) => Promise<void>;
  shot: (name: string) => Promise<void>;
}

/**
 * Waits until the page shows what the server answered: no call under way and nothing loading for two frames.
 * The stream of events never ends and does not count.
 */
export async function settled(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        if (callsUnderWay(page) > 0) return false;
        const still = await page.evaluate(
          (loading) =>
            new Promise<boolean>((resolve) => {
              requestAnimationFrame(() =>
                requestAnimationFrame(() => resolve(document.querySelector(loading) === null)),
              );
            }),
          '.b-skeleton-room, .b-skeleton-head, .b-fetch-bar, [aria-busy=true]',
        );
        return still && callsUnderWay(page) === 0;
      },
      { message: 'the page goes on loading', intervals: [20, 50, 100] },
    )
    .toBe(true);
}

/** Opens pages in one look and takes their pictures. */
export function stageOf(page: Page, look: Look, registry: Registry): Stage {
  const open = async (path: string): Promise<void> => {
    await page.goto(`${registry.origin}${path}`);
    await page.locator('h1').first().waitFor();
    await page.waitForLoadState('load');
    await settled(page);
  };
  return { page, look, open, shot: (name) => picture(page, look, name) };
}
