import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './berth.ts';
import { enter, settled } from './screens.ts';
import { seed, type Seeded } from './seed.ts';

test.use({ owner: 'every-page' });

let seeded: Seeded;

test.beforeAll(async ({ registry }) => {
  test.setTimeout(120_000);
  seeded = await seed(registry);
});

const web = '/i/local/projects/web';
const repository = `${web}/repos/storefront-api`;

/** An example of each route that the router has; a test compares the two. `null`: it only leads elsewhere. */
const examples: Readonly<Record<string, readonly string[] | null>> = {
  '/': null,
  '/login': null,
  '/welcome': ['/welcome', '/welcome?project=web'],
  '/i/$instance': null,
  '/i/$instance/': null,
  '/profile': ['/profile', '/profile?tab=sessions'],
  '/i/$instance/overview': ['/i/local/overview'],
  '/i/$instance/settings': null,
  '/i/$instance/settings/$section': [
    'general',
    'storage',
    'network',
    'labels',
    'health',
    'appearance',
    'about',
  ].map((section) => `/i/local/settings/${section}`),
  '/i/$instance/projects': ['/i/local/projects', '/i/local/projects?q=nothing-like-it'],
  '/i/$instance/projects/$project': [web, '/i/local/projects/legacy-2024', '/i/local/projects/nothing'],
  '/i/$instance/projects/$project/members': [`${web}/members`],
  '/i/$instance/projects/$project/labels': [`${web}/labels`],
  '/i/$instance/projects/$project/settings': [`${web}/settings`],
  '/i/$instance/projects/$project/activity': [`${web}/activity`],
  '/i/$instance/projects/$project/repos/$repo': [repository, `${repository}?tab=tags`],
  '/i/$instance/projects/$project/repos/$repo/$digest': [`${repository}/INDEX`, `${repository}/CHART`],
  '/i/$instance/users': ['/i/local/users'],
  '/i/$instance/audit': ['/i/local/audit'],
};

const paths = (): string[] =>
  Object.values(examples)
    .flatMap((each) => each ?? [])
    .map((path) => path.replace('INDEX', seeded.index).replace('CHART', seeded.chart));

test('there is an example of every route', () => {
  const router = readFileSync(join(import.meta.dirname, '../../renderer/router.tsx'), 'utf8');
  const routes = [...router.matchAll(/createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*path: '([^']*)'/g)];
  const full = routes.map(([, parent, path = '']) =>
    parent !== 'instanceRoute' ? `/${path.replace(/^\//, '')}` : `/i/$instance/${path.replace(/^\//, '')}`,
  );
  expect(full.length).toBeGreaterThan(10);
  expect(Object.keys(examples).toSorted()).toEqual(full.toSorted());
});

/** 1280x800 at 200 % is 640x400 to the page. */
const rooms = [
  { name: '1024 px', width: 1024, height: 700 },
  { name: '200 %', width: 640, height: 400 },
] as const;

for (const { name, ...room } of rooms) {
  test(`every page fits at ${name}`, async ({ page, registry }) => {
    test.setTimeout(120_000);
    await enter(page, registry);
    await page.setViewportSize(room);
    for (const path of paths()) {
      await page.goto(`${registry.origin}${path}`);
      await page.locator('h1').first().waitFor();
      await settled(page);
      expect.soft(await tooWide(page), `${path} at ${name}`).toEqual([]);
      expect.soft(await page.locator('h1').count(), `headings of ${path}`).toBe(1);
      expect.soft(await filledButtons(page), `filled buttons on ${path}`).toBeLessThanOrEqual(1);
    }
  });
}

for (const reducedMotion of ['reduce', 'no-preference'] as const) {
  const none = reducedMotion === 'reduce';
  test(`${none ? 'whoever wants no motion sees none' : 'others see menus and dialogs move'}`, async ({
    page,
    registry,
  }) => {
    await page.emulateMedia({ reducedMotion });
    await enter(page, registry);
    await page.goto(`${registry.origin}/i/local/projects`);
    await settled(page);
    await noteAnimations(page);
    await page.locator('header .b-topbar-right button').last().click();
    await page.getByRole('menu').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.b-header .b-actions button').last().click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    const moved = (await page.evaluate(() => Reflect.get(globalThis, 'moved'))) as string[];
    if (none) expect(moved).toEqual([]);
    else expect(moved).not.toEqual([]);
  });
}

/** What sticks out of the page to the right, unless something around it scrolls by itself. */
async function tooWide(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const out = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1,
    );
    return out.slice(0, 5).map((element) => element.outerHTML.slice(0, 120));
  });
}

/** A split button counts as one. */
async function filledButtons(page: Page): Promise<number> {
  return await page.locator('main :is(button, a)[data-variant=filled]:not(.b-split):visible').count();
}

/** Collects transitions and animations that last longer than a moment, from now on. */
async function noteAnimations(page: Page): Promise<void> {
  await page.evaluate(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { moved });
    const note = (): void => {
      for (const animation of document.getAnimations()) {
        const { target } = animation.effect as KeyframeEffect;
        const duration = Number(animation.effect?.getComputedTiming().duration);
        if (duration > 10) moved.push(`${duration} ms: ${target?.outerHTML.slice(0, 100)}`);
      }
      requestAnimationFrame(note);
    };
    note();
  });
}
