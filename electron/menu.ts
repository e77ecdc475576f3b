import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { ShellText } from './text.ts';

export interface MenuActions {
  readonly text: ShellText;
  readonly openLogs: () => void;
  /** Whether the page inspector may be opened: never in a packaged app. */
  readonly developerTools: boolean;
}

/**
 * The application's menu. Only macOS shows it; elsewhere the window has no menu bar and it is what gives the usual
 * keys (copy, paste, zoom, reload, quit) their meaning.
 */
export function setMenu({ text, openLogs, developerTools }: MenuActions): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(developerTools ? ([{ type: 'separator' }, { role: 'toggleDevTools' }] as const) : []),
  ];
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === 'darwin' ? ([{ role: 'appMenu' }] as const) : []),
    { label: text.file, submenu: [process.platform === 'darwin' ? { role: 'close' } : { role: 'quit' }] },
    { label: text.edit, role: 'editMenu' },
    { label: text.view, submenu: view },
    { label: text.window, role: 'windowMenu' },
    { label: text.help, role: 'help', submenu: [{ label: text.openLogs, click: openLogs }] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
