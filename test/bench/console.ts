import { chromium, type Browser } from '@playwright/test';
import { buildConsole, defaultConsoleDir, isFresh } from '#build/console.ts';
import { startBerth } from '#test/support/berth.ts';
import { findCommand } from '#test/support/process.ts';
import { median } from './report.ts';

/** What one opening of a page came to, in a browser without a cache unless it is said to have one. */
interface Opening {
  readonly paintMs: number;
  /** From the navigation until the page's heading and what it lists are there. */
  readonly usableMs: number;
  readonly sentKb: number;
  readonly scriptKb: number;
  readonly longTasksMs: number;
  readonly heapMb: number;
}

export interface ConsoleFigure {
  readonly title: string;
  readonly openings: readonly Opening[];
}

const pages = [
  { title: 'overview', path: '/i/local/overview', shown: 'main h1' },
  { title: 'projects', path: '/i/local/projects', shown: 'main h1 ~ * a, main table a, main [role=table] a' },
] as const;

/** Opens pages of the console over loopback, each time in a fresh browser profile; undefined without a Chromium. */
export async function measureConsole(runs: number): Promise<readonly ConsoleFigure[]> {
  const executablePath =
    process.env['BERTH_CHROMIUM'] ?? ['chromium', 'google-chrome'].map(findCommand).find(Boolean);
  if (executablePath === undefined) return [];
  if (!isFresh(defaultConsoleDir)) await buildConsole();
  const berth = await startBerth({ env: { BERTH_CONSOLE_DIR: defaultConsoleDir } });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'],
  });
  try {
    const figures: ConsoleFigure[] = [];
    for (const page of pages) {
      for (const again of [false, true]) {
        const openings: Opening[] = [];
        for (let run = 0; run < runs; run += 1) {
          const session = { origin: berth.origin, password: berth.adminPassword };
          openings.push(await openPage(browser, session, { ...page, again }));
        }
        figures.push({ title: `${page.title}${again ? ', again' : ''}`, openings });
      }
    }
    return figures;
  } finally {
    await browser.close();
    await berth.dispose();
  }
}

async function openPage(
  browser: Browser,
  session: { origin: string; password: string },
  { path, shown, again }: { path: string; shown: string; again: boolean },
): Promise<Opening> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const form = { principal: 'admin', password: session.password };
    await context.request.post(`${session.origin}/c/login`, { form });
    const page = await context.newPage();
    await page.addInitScript((selector) => {
      const watcher = new MutationObserver(() => {
        if (!document.querySelector(selector)) return;
        watcher.disconnect();
        requestAnimationFrame(() => performance.mark('usable'));
      });
      watcher.observe(document, { subtree: true, childList: true });
      const tasks = { longMs: 0 };
      Object.assign(globalThis, { tasks });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.longMs += duration;
      }).observe({ type: 'longtask', buffered: true });
    }, shown);
    await page.goto(`${session.origin}${path}`);
    await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
    if (again) {
      await page.waitForLoadState('load');
      await page.reload();
      await page.waitForFunction(() => performance.getEntriesByName('usable').length > 0);
    }
    return await page.evaluate(() => {
      const files = [
        ...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource'),
      ].filter((entry) => entry instanceof PerformanceResourceTiming);
      const { usedJSHeapSize } = Reflect.get(performance, 'memory') as { usedJSHeapSize: number };
      const kilobytes = (bytes: readonly number[]): number =>
        bytes.reduce((sum, each) => sum + each, 0) / 1000;
      return {
        paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        usableMs: performance.getEntriesByName('usable')[0]?.startTime ?? Number.NaN,
        sentKb: kilobytes(files.map(({ transferSize }) => transferSize)),
        scriptKb: kilobytes(
          files.filter(({ name }) => name.endsWith('.js')).map(({ encodedBodySize }) => encodedBodySize),
        ),
        longTasksMs: (Reflect.get(globalThis, 'tasks') as { longMs: number }).longMs,
        heapMb: usedJSHeapSize / 1e6,
      };
    });
  } finally {
    await context.close();
  }
}

/** The openings as Markdown: medians, the first of each page without a cache. */
export function consoleTable(figures: readonly ConsoleFigure[]): string {
  const rows = figures.map(({ title, openings }) => {
    const of = (name: keyof Opening): string =>
      Math.round(median(openings.map((each) => each[name]))).toString();
    const cells = [`${of('paintMs')} ms`, `${of('usableMs')} ms`, `${of('sentKb')} kB`];
    return [title, ...cells, `${of('scriptKb')} kB`, `${of('longTasksMs')} ms`, `${of('heapMb')} MB`];
  });
  const head = ['page', 'first paint', 'usable', 'sent', 'script', 'long tasks', 'heap'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
