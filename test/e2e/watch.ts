import type { Page, Request } from '@playwright/test';

const underWay = new WeakMap<Page, Set<Request>>();

/** How many of the page's requests have no answer yet. The stream of events never ends and does not count. */
export function callsUnderWay(page: Page): number {
  return underWay.get(page)?.size ?? 0;
}

const isStream = (request: Request): boolean => new URL(request.url()).pathname.endsWith('/events');

/** Counts the page's requests from now on, for `callsUnderWay`. */
export function countCalls(page: Page): void {
  const open = new Set<Request>();
  underWay.set(page, open);
  page.on('request', (request) => {
    // Another document: what the last one had asked for is not waited for by anyone.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear();
    if (!isStream(request)) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
}
