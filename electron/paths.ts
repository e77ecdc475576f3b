import { app } from 'electron';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Everything the shell starts, reads or writes, as absolute paths. */
export interface ShellPaths {
  readonly node: string;
  readonly serverArgs: readonly string[];
  readonly preload: string;
  readonly pages: string;
  readonly icon: string;
  readonly settings: string;
  readonly keychain: string;
  readonly logs: string;
  /** The console that a packaged app brings; in development the server builds its own. */
  readonly consoleDir?: string;
  /** Only where BERTH_HOME moves everything and BERTH_DATA names no other; otherwise the server decides. */
  readonly dataDir?: string;
}

/** BERTH_HOME moves what the shell writes into one folder (tests, portable use). Before Electron is ready. */
export function movedHome(): string | undefined {
  const home = process.env.BERTH_HOME;
  if (!home) return undefined;
  app.setPath('userData', join(home, 'shell'));
  app.setPath('logs', join(home, 'logs'));
  return home;
}

/** The paths of a packaged app (server and Node beside the asar) or of the repository in development. */
export function shellPaths(home: string | undefined): ShellPaths {
  const built = join(app.getAppPath(), 'dist/electron');
  const userData = app.getPath('userData');
  return {
    node: app.isPackaged
      ? join(process.resourcesPath, 'node', nodeFile())
      : developmentNode(app.getAppPath()),
    serverArgs: app.isPackaged
      ? [join(process.resourcesPath, 'server/server.mjs'), 'sidecar']
      : [join(app.getAppPath(), 'server/main.ts'), 'sidecar'],
    preload: join(built, 'preload.cjs'),
    pages: join(built, 'pages'),
    icon: join(built, 'icon.png'),
    settings: join(userData, 'shell.json'),
    keychain: join(userData, 'passwords.json'),
    logs: app.getPath('logs'),
    ...(app.isPackaged ? { consoleDir: join(process.resourcesPath, 'console') } : {}),
    ...(home === undefined || process.env.BERTH_DATA ? {} : { dataDir: join(home, 'data') }),
  };
}

function nodeFile(): string {
  return process.platform === 'win32' ? 'node.exe' : 'node';
}

/** The Node that npm ci brought; where there is none for this platform, the one that `npm start` runs on. */
function developmentNode(root: string): string {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const pinned = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', nodeFile());
  return existsSync(pinned) ? pinned : (process.env.BERTH_NODE ?? nodeFile());
}
