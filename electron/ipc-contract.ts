/**
 * The one contract between the window's pages and the shell: every channel, what goes in and what comes back.
 * The preload takes its list of channels from {@link INVOKE_CHANNELS}, main its handlers, the console its types.
 */

/** How the registry behind the window is doing. */
export type ServerState =
  | { readonly phase: 'starting' | 'stopping' | 'stopped' }
  | { readonly phase: 'running'; readonly origin: string; readonly portChanged: boolean }
  | {
      readonly phase: 'restarting';
      readonly inMs: number;
      readonly failures: number;
      readonly reason: string;
    }
  | { readonly phase: 'failed'; readonly reason: string };

export interface AppInfo {
  readonly version: string;
  readonly electron: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** Folder of the shell's and the server's log files. */
  readonly logs: string;
}

/** Where secrets are kept on this machine, by the name that people know; `none` where no real keychain is at hand. */
export type KeychainStore =
  | 'macOS Keychain'
  | 'Windows Data Protection'
  | 'GNOME Keyring'
  | 'KWallet'
  | 'none';

/** What the person chose in the console and the window outlives: its own storage is in memory only. */
export interface Preferences {
  readonly theme?: 'light' | 'dark' | 'auto';
  readonly language?: 'en' | 'zh-CN';
}

export interface Invokes {
  'app:info': { args: undefined; result: AppInfo };
  'server:state': { args: undefined; result: ServerState };
  'server:restart': { args: undefined; result: void };
  'shell:open-logs': { args: undefined; result: void };
  /** Keeps the password that docker signs in with; `kept` is false where there is no real keychain. */
  'keychain:save-password': {
    args: { readonly username: string; readonly password: string };
    result: { readonly kept: boolean; readonly store: KeychainStore };
  };
  /** Whether a password of this user is kept, and the keychain that sealed it is at hand. */
  'keychain:has-password': {
    args: { readonly username: string };
    result: { readonly kept: boolean; readonly store: KeychainStore };
  };
  /** Puts the kept password on the clipboard: a page never gets to see it. False when the keychain does not open. */
  'keychain:copy-password': {
    args: { readonly username: string };
    result: { readonly copied: boolean };
  };
  'preferences:read': { args: undefined; result: Preferences };
  /** Changes the given ones; the window's controls follow the theme at once. */
  'preferences:save': { args: Preferences; result: void };
}

export type InvokeChannel = keyof Invokes;

/** The keys of {@link Invokes} at run time; the record's type makes a missing or a strange one an error. */
const channels: Readonly<Record<InvokeChannel, true>> = {
  'app:info': true,
  'server:state': true,
  'server:restart': true,
  'shell:open-logs': true,
  'keychain:save-password': true,
  'keychain:has-password': true,
  'keychain:copy-password': true,
  'preferences:read': true,
  'preferences:save': true,
};

export const INVOKE_CHANNELS: readonly string[] = Object.keys(channels);

/** The one channel from main to the pages. */
export const SERVER_CHANGED = 'server:changed';

type InvokeParameters<C extends InvokeChannel> = Invokes[C]['args'] extends undefined
  ? [args?: undefined]
  : [args: Invokes[C]['args']];

/** `window.berth` in the desktop window; absent in a browser. */
export interface BerthApi {
  invoke<C extends InvokeChannel>(channel: C, ...args: InvokeParameters<C>): Promise<Invokes[C]['result']>;
  /** Calls the listener at every change of the server's state; the returned function ends that. */
  onServerChanged(listener: (state: ServerState) => void): () => void;
}
