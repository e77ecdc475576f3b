import { app, clipboard, nativeTheme, Notification, powerMonitor, session, shell } from 'electron';
import { join } from 'node:path';
import { CONSOLE_PARTITION, ConsoleSession } from './console-session.ts';
import { answerPages } from './ipc.ts';
import type { AppInfo, ServerState } from './ipc-contract.ts';
import { Keychain } from './keychain.ts';
import { LOCAL_ORIGIN, serveLocalPages } from './local-pages.ts';
import { LogFile } from './log.ts';
import { setMenu } from './menu.ts';
import { lockNavigation, lockPermissions } from './navigation.ts';
import { TrustedOrigins } from './origins.ts';
import { shellPaths, type ShellPaths } from './paths.ts';
import { Settings } from './settings.ts';
import { Sidecar } from './sidecar.ts';
import { languageOf, textsFor, type ShellText } from './text.ts';
import { ConsoleWindow } from './windows.ts';

/** A server that is ready sooner than this is shown at once, without a starting page flashing by. */
const STARTING_PAGE_AFTER_MS = 800;
/** A crash loop of a child process writes this many lines a minute at most. */
const CHILD_LINES_PER_MINUTE = 10;

/** The shell in its parts: one server, one window, one session, wired here and nowhere else. */
export class DesktopApp {
  readonly #paths: ShellPaths;
  readonly #settings: Settings;
  readonly #trusted = new TrustedOrigins(LOCAL_ORIGIN);
  readonly #sidecar: Sidecar;
  readonly #signedIn: ConsoleSession;
  readonly #shellLog: LogFile;
  #window: ConsoleWindow | undefined;
  /** Where the console was before the server went away. */
  #lastPath = '/';

  constructor(home: string | undefined) {
    this.#paths = shellPaths(home);
    this.#shellLog = new LogFile(join(this.#paths.logs, 'shell.log'));
    const serverLog = new LogFile(join(this.#paths.logs, 'server.log'));
    this.#settings = new Settings(this.#paths.settings);
    this.#sidecar = new Sidecar({
      node: this.#paths.node,
      args: this.#paths.serverArgs,
      init: () => ({
        ...(this.#paths.dataDir === undefined ? {} : { dataDir: this.#paths.dataDir }),
        ...(this.#paths.consoleDir === undefined ? {} : { consoleDir: this.#paths.consoleDir }),
        ...(process.env.BERTH_LISTEN ? { listen: process.env.BERTH_LISTEN } : {}),
        fallbackPort: true,
      }),
      log: (line) => serverLog.line(line),
      onState: (state) => this.#serverChanged(state),
    });
    const pages = session.fromPartition(CONSOLE_PARTITION);
    this.#signedIn = new ConsoleSession(pages, () => this.#sidecar.mintSession(), this.log);
    lockPermissions(pages, this.#trusted);
    lockNavigation(this.#trusted, (what) => this.log(`refused: ${what}`));
    serveLocalPages(pages, this.#paths.pages);
    this.#answerPages();
    this.#applyPreferences();
    this.#noteLostProcesses();
  }

  /** Writes one line to the shell's log. */
  readonly log = (text: string): void => this.#shellLog.line(`${new Date().toISOString()} ${text}`);

  /** Starts the server and opens the window. */
  start(): void {
    powerMonitor.on('resume', () => this.#signedIn.wake());
    this.log(
      `start ${app.getVersion()}, Electron ${process.versions.electron}, Node ${process.versions.node}`,
    );
    this.#sidecar.start();
    this.showWindow();
  }

  /** Opens the window, or brings the open one to the front. */
  showWindow(): void {
    if (this.#window) {
      this.#window.focus();
      return;
    }
    this.#window = new ConsoleWindow({
      settings: this.#settings,
      preload: this.#paths.preload,
      icon: this.#paths.icon,
      developerTools: !app.isPackaged,
      log: this.log,
      textOf: () => this.#text,
      onClosed: () => (this.#window = undefined),
    });
    if (this.#sidecar.state.phase === 'running') this.#showConsole(this.#sidecar.state.origin);
    else
      setTimeout(
        () => this.#sidecar.state.phase !== 'running' && this.#showStarting(),
        STARTING_PAGE_AFTER_MS,
      );
  }

  /** Stops the server; resolves when its process is gone. */
  async stop(): Promise<void> {
    this.#signedIn.forget();
    await this.#sidecar.stop();
    this.log('stopped');
  }

  get #text(): ShellText {
    return textsFor(this.#settings.preferences.language ?? languageOf(app.getLocale()));
  }

  #serverChanged(state: ServerState): void {
    this.log(`server ${JSON.stringify(state)}`);
    this.#window?.send(state);
    if (state.phase === 'running') {
      process.stdout.write(`berth ready at ${state.origin}\n`);
      if (state.portChanged) this.#tellOfNewPort(state.origin);
      this.#showConsole(state.origin);
      return;
    }
    this.#signedIn.forget();
    if (this.#window)
      this.#lastPath = this.#window.consolePath((url) => this.#trusted.isConsole(url), this.#lastPath);
    if (state.phase === 'restarting' || state.phase === 'failed') this.#showStarting();
  }

  #showConsole(origin: string): void {
    this.#trusted.trustConsole(origin);
    void this.#window?.showConsole(`${origin}${this.#lastPath}`, () => this.#signedIn.signIn(origin));
    this.#lastPath = '/';
  }

  #showStarting(): void {
    this.#window
      ?.showStarting()
      .catch((error: unknown) => this.log(`the starting page did not load: ${String(error)}`));
  }

  /** Clients know the usual address: whoever pushes to it would reach something else. */
  #tellOfNewPort(origin: string): void {
    if (!Notification.isSupported()) return;
    new Notification({ title: 'Berth', body: this.#text.portChanged.replace('{origin}', origin) }).show();
  }

  #answerPages(): void {
    const platform = process.platform as AppInfo['platform'];
    answerPages({
      trusted: this.#trusted,
      keychain: new Keychain(this.#paths.keychain, this.log),
      settings: this.#settings,
      appInfo: {
        version: app.getVersion(),
        electron: process.versions.electron ?? '',
        platform,
        logs: this.#paths.logs,
      },
      serverState: () => this.#sidecar.state,
      restartServer: () => this.#sidecar.restart(),
      openLogs: () => this.#openLogs(),
      // Electron 44 made it asynchronous.
      copyText: async (text) => await clipboard.writeText(text),
      preferencesChanged: () => this.#applyPreferences(),
      refused: (what) => this.log(`refused: ${what}`),
    });
  }

  async #openLogs(): Promise<void> {
    const problem = await shell.openPath(this.#paths.logs);
    if (problem !== '') this.log(`the log folder was not opened: ${problem}`);
  }

  #applyPreferences(): void {
    const { theme = 'auto' } = this.#settings.preferences;
    nativeTheme.themeSource = theme === 'auto' ? 'system' : theme;
    setMenu({
      text: this.#text,
      openLogs: () => void this.#openLogs(),
      developerTools: !app.isPackaged,
    });
  }

  #noteLostProcesses(): void {
    let minute = 0;
    let lines = 0;
    app.on('child-process-gone', (_event, { type, reason }) => {
      const now = Math.floor(performance.now() / 60_000);
      if (now !== minute) lines = 0;
      minute = now;
      if (++lines <= CHILD_LINES_PER_MINUTE) this.log(`${type} process gone: ${reason}`);
    });
  }
}
