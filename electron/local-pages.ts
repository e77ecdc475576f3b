import { protocol, type Session } from 'electron';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SCHEME = 'berth-shell';
/** The origin of the shell's own pages. */
export const LOCAL_ORIGIN = `${SCHEME}://pages`;
/** Shown while the registry starts and when it does not; `?problem=console` where only the console did not load. */
export const STARTING_PAGE = `${LOCAL_ORIGIN}/starting.html`;

const FILES: Readonly<Record<string, string>> = {
  '/starting.html': 'text/html; charset=utf-8',
  '/starting.css': 'text/css; charset=utf-8',
  '/starting.js': 'text/javascript; charset=utf-8',
};

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** Makes the scheme of our own pages known; only before Electron is ready. */
export function registerLocalScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }]);
}

/** Serves the three files of `folder` to pages of this session: unlike file://, it reaches nothing else on the disk. */
export function serveLocalPages(session: Session, folder: string): void {
  session.protocol.handle(SCHEME, async (request) => {
    const { pathname } = new URL(request.url);
    const type = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
    if (type === undefined) return new Response('not found', { status: 404, headers: HEADERS });
    const content = await readFile(join(folder, pathname.slice(1)));
    return new Response(new Uint8Array(content), { headers: { ...HEADERS, 'content-type': type } });
  });
}
