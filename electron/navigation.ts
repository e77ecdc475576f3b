import { app, type Session } from 'electron';
import type { TrustedOrigins } from './origins.ts';

/**
 * Locks every window and frame: no address but ours, no new window, no embedded page. Nothing is opened outside
 * either: repository names and annotations are other people's text.
 */
export function lockNavigation(trusted: TrustedOrigins, refused: (what: string) => void): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (trusted.has(event.url)) return;
      event.preventDefault();
      refused(`navigation to ${event.url}`);
    });
    contents.on('will-frame-navigate', (event) => {
      if (!trusted.has(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (trusted.has(event.url)) return;
      event.preventDefault();
      refused(`redirect to ${event.url}`);
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      refused(`window for ${url}`);
      return { action: 'deny' };
    });
  });
}

/** Refuses every permission but writing text to the clipboard, which copy buttons need. */
export function lockPermissions(session: Session, trusted: TrustedOrigins): void {
  const granted = 'clipboard-sanitized-write';
  session.setPermissionRequestHandler((contents, permission, answer) => {
    answer(permission === granted && trusted.isConsole(contents.getURL()));
  });
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === granted && trusted.isConsole(origin),
  );
  session.setDevicePermissionHandler(() => false);
}
