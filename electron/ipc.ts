import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { type AppInfo, type InvokeChannel, type Invokes, type ServerState } from './ipc-contract.ts';
import type { Keychain } from './keychain.ts';
import type { TrustedOrigins } from './origins.ts';
import { parsePreferences, type Settings } from './settings.ts';

export interface IpcServices {
  readonly trusted: TrustedOrigins;
  readonly keychain: Keychain;
  readonly settings: Settings;
  readonly appInfo: AppInfo;
  readonly serverState: () => ServerState;
  readonly restartServer: () => Promise<void>;
  readonly openLogs: () => Promise<void>;
  readonly copyText: (text: string) => Promise<void>;
  readonly preferencesChanged: () => void;
  readonly refused: (what: string) => void;
}

/** For each channel: what a page may pass (anything else throws) and what is done with it. */
type Handlers = {
  readonly [C in InvokeChannel]: {
    readonly parse: (raw: unknown) => Invokes[C]['args'];
    readonly run: (args: Invokes[C]['args']) => Invokes[C]['result'] | Promise<Invokes[C]['result']>;
  };
};

/** Answers the pages' calls. Every channel passes the same sender check here, and no other file listens to pages. */
export function answerPages(services: IpcServices): void {
  const handlers = handlersOf(services);
  for (const channel of Object.keys(handlers) as InvokeChannel[]) {
    ipcMain.handle(channel, (event, raw: unknown) => {
      if (!isFromOurPage(event, services.trusted)) {
        services.refused(`${channel} from ${event.senderFrame?.url ?? 'a frame that is gone'}`);
        throw new Error('refused');
      }
      return call(handlers[channel], raw);
    });
  }
}

function call<C extends InvokeChannel>(handler: Handlers[C], raw: unknown): unknown {
  return handler.run(handler.parse(raw));
}

/** The top frame of a window of ours, showing a page of ours; a frame is null once it is gone. */
function isFromOurPage(event: IpcMainInvokeEvent, trusted: TrustedOrigins): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && trusted.has(frame.url);
}

function handlersOf(services: IpcServices): Handlers {
  const { keychain, settings } = services;
  return {
    'app:info': { parse: nothing, run: () => services.appInfo },
    'server:state': { parse: nothing, run: () => services.serverState() },
    'server:restart': { parse: nothing, run: () => services.restartServer() },
    'shell:open-logs': { parse: nothing, run: () => services.openLogs() },
    'keychain:save-password': {
      parse: (raw) => ({ username: textOf(raw, 'username'), password: textOf(raw, 'password') }),
      run: ({ username, password }) => keychain.save(username, password),
    },
    'keychain:has-password': {
      parse: (raw) => ({ username: textOf(raw, 'username') }),
      run: ({ username }) => keychain.has(username),
    },
    'keychain:copy-password': {
      parse: (raw) => ({ username: textOf(raw, 'username') }),
      run: async ({ username }) => {
        const password = await keychain.read(username);
        if (password !== null) await services.copyText(password);
        return { copied: password !== null };
      },
    },
    'preferences:read': { parse: nothing, run: () => settings.preferences },
    'preferences:save': {
      parse: parsePreferences,
      run: (changed) => {
        settings.rememberPreferences(changed);
        services.preferencesChanged();
      },
    },
  };
}

function nothing(): undefined {
  return undefined;
}

/** A field that must be text of a sensible length. */
function textOf(raw: unknown, field: string): string {
  const value = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)[field] : undefined;
  if (typeof value !== 'string' || value === '' || value.length > 1024)
    throw new TypeError(`${field} must be a text`);
  return value;
}
