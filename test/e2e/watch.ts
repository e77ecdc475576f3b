import type { BrowserContext, Page, Request } from '@playwright/test';

/** What a page may be caught at, and the tests that need it say so by `test.use({ allowed: [...] })`. */
export type Fault = 'error' | 'policy' | 'other origin' | 'asked twice';

export interface Complaint {
  readonly fault: Fault;
  readonly what: string;
}

const underWay = new WeakMap<Page, Set<Request>>();

/** How many of the page's requests have no answer yet. The stream of events never ends and does not count. */
export function callsUnderWay(page: Page): number {
  return underWay.get(page)?.size ?? 0;
}

/**
 * Collects what no page of the context may do: throw, break its content security policy, ask another origin,
 * or ask the same thing twice while it opens.
 */
export async function watch(context: BrowserContext, complaints: Complaint[]): Promise<void> {
  const complain = (fault: Fault, what: string): void => void complaints.push({ fault, what });
  context.on('weberror', (error) => complain('error', String(error.error())));
  context.on('console', (message) => {
    if (/content security policy|violates/i.test(message.text())) complain('policy', message.text());
  });
  // The browser's own words in the console are not there for what is reported only as an event.
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { effectiveDirective, blockedURI, sourceFile } = event;
      console.error(`content security policy: ${effectiveDirective} ${blockedURI} ${sourceFile}`);
    });
  });
  const watchPage = (page: Page): void => {
    countCalls(page);
    watchOrigin(page, complain);
    watchRepeats(page, complain);
  };
  for (const page of context.pages()) watchPage(page);
  context.on('page', watchPage);
}

/** The stream, and the worker that keeps it: the browser does not tell the page when a worker's script has come. */
const isStream = (request: Request): boolean =>
  /\/events$|\/live-worker-[^/]*$/.test(new URL(request.url()).pathname);
const isOpening = (page: Page, request: Request): boolean =>
  request.isNavigationRequest() && request.frame() === page.mainFrame();

function countCalls(page: Page): void {
  const open = new Set<Request>();
  underWay.set(page, open);
  page.on('request', (request) => {
    // Another document: what the last one had asked for is not waited for by anyone.
    if (isOpening(page, request)) open.clear();
    if (!isStream(request)) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
}

function watchOrigin(page: Page, complain: (fault: Fault, what: string) => void): void {
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (isOpening(page, request) || !/^(https?|wss?):$/.test(protocol)) return;
    const own = new URL(page.url()).origin;
    if (origin !== own) complain('other origin', `${own} asked ${request.url()}`);
  });
}

let changes = 0;

/** Says that the test changes something on a server: open pages hear of it and ask again, as they should. */
export function somethingChanges(): void {
  changes += 1;
}

const quietMs = 300;

/**
 * While a page opens (from its document until nothing has been under way for a moment, or until something is
 * changed) each address is asked once. What failed may be asked again.
 */
function watchRepeats(page: Page, complain: (fault: Fault, what: string) => void): void {
  let asked: Set<string> | null = null;
  let changesBefore = 0;
  let quiet: NodeJS.Timeout | undefined;
  page.on('request', (request) => {
    clearTimeout(quiet);
    if (isOpening(page, request)) [asked, changesBefore] = [new Set(), changes];
    else if (request.method() !== 'GET' || changes !== changesBefore) asked = null;
    else if (asked && request.resourceType() === 'fetch' && !isStream(request)) {
      if (asked.has(request.url())) complain('asked twice', request.url());
      asked.add(request.url());
    }
  });
  const ended = (request: Request, failed: boolean): void => {
    if (failed) asked?.delete(request.url());
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      if (callsUnderWay(page) === 0) asked = null;
    }, quietMs);
  };
  page.on('response', (response) => ended(response.request(), response.status() >= 500));
  page.on('requestfinished', (request) => ended(request, false));
  page.on('requestfailed', (request) => ended(request, true));
}
