import { BrowserWindow, dialog, nativeTheme, screen, type Rectangle } from 'electron';
import { SERVER_CHANGED, type ServerState } from './ipc-contract.ts';
import { STARTING_PAGE } from './local-pages.ts';
import type { Bounds, Settings } from './settings.ts';
import { CONSOLE_PARTITION } from './console-session.ts';
import type { ShellText } from './text.ts';

export interface ConsoleWindowOptions {
  readonly settings: Settings;
  readonly preload: string;
  readonly icon: string;
  readonly developerTools: boolean;
  readonly log: (text: string) => void;
  /** The shell's words, as they are now. */
  readonly textOf: () => ShellText;
  readonly onClosed: () => void;
}

const FIRST_SIZE = { width: 1280, height: 820 };
/** The console's top bar, which the window's controls lie in, without the line below it. */
const TITLE_BAR_HEIGHT = 43;
/** The console's colours of bar and page, and of symbols on the bar. */
const COLOURS = {
  light: { bar: '#f6f7f9', page: '#ffffff', symbol: '#4a515c' },
  dark: { bar: '#0f1115', page: '#15181d', symbol: '#b7bdc8' },
};
const ABORTED = -3;

/** The one window: its place on the screen, its controls, and which page it shows. */
export class ConsoleWindow {
  readonly #window: BrowserWindow;
  readonly #options: ConsoleWindowOptions;
  /** Counts the wanted pages; only the latest one counts. */
  #wanted = 0;

  constructor(options: ConsoleWindowOptions) {
    this.#options = options;
    const place = options.settings.window;
    const colours = currentColours();
    this.#window = new BrowserWindow({
      ...FIRST_SIZE,
      ...(place && isOnScreen(place.bounds) ? place.bounds : {}),
      minWidth: 720,
      minHeight: 480,
      show: false,
      title: 'Berth',
      icon: options.icon,
      backgroundColor: colours.page,
      titleBarStyle: 'hidden',
      ...(process.platform === 'darwin'
        ? { trafficLightPosition: { x: 14, y: 14 } }
        : { titleBarOverlay: overlayOf(colours) }),
      autoHideMenuBar: true,
      webPreferences: {
        partition: CONSOLE_PARTITION,
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
        devTools: options.developerTools,
      },
    });
    if (place?.maximized) this.#window.maximize();
    this.#listen();
  }

  /** Brings the window to the front. */
  focus(): void {
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** Shows the page of the starting (or failed) registry. */
  async showStarting(problem?: 'console'): Promise<void> {
    await this.#load(problem ? `${STARTING_PAGE}?problem=${problem}` : STARTING_PAGE, ++this.#wanted);
  }

  /**
   * Shows the console at this address, signed in by `signIn` before. A console that does not load leaves the starting
   * page with the choice to try again.
   */
  async showConsole(url: string, signIn: () => Promise<void>): Promise<void> {
    const turn = ++this.#wanted;
    try {
      await signIn();
      await this.#load(url, turn);
    } catch (error) {
      this.#options.log(`the console did not load: ${String(error)}`);
      if (turn === this.#wanted) await this.showStarting('console');
    }
  }

  /** The path of the console's page that is shown, to come back to it; `otherwise` when it shows none. */
  consolePath(isConsole: (url: string) => boolean, otherwise: string): string {
    if (this.#window.isDestroyed()) return otherwise;
    const shown = this.#window.webContents.getURL();
    if (!isConsole(shown)) return otherwise;
    const { pathname, search, hash } = new URL(shown);
    return `${pathname}${search}${hash}`;
  }

  /** Tells the page how the registry is doing. */
  send(state: ServerState): void {
    if (!this.#window.isDestroyed()) this.#window.webContents.send(SERVER_CHANGED, state);
  }

  async #load(url: string, turn: number): Promise<void> {
    if (turn !== this.#wanted || this.#window.isDestroyed()) return;
    try {
      await this.#window.loadURL(url);
    } catch (error) {
      // A load that a later one cut short is no failure.
      const aborted = error instanceof Error && 'errno' in error && error.errno === ABORTED;
      if (!aborted && turn === this.#wanted && !this.#window.isDestroyed()) throw error;
    }
  }

  #listen(): void {
    const window = this.#window;
    const recolour = (): void => {
      const colours = currentColours();
      window.setBackgroundColor(colours.page);
      if (process.platform !== 'darwin') window.setTitleBarOverlay(overlayOf(colours));
    };
    nativeTheme.on('updated', recolour);
    window.once('ready-to-show', () => window.show());
    window.on('close', () => {
      this.#options.settings.rememberWindow({
        bounds: window.getNormalBounds(),
        maximized: window.isMaximized(),
      });
    });
    window.webContents.on('will-prevent-unload', (event) => {
      const text = this.#options.textOf();
      const buttons = [text.leaveStay, text.leaveAnyway];
      const question = { type: 'question', message: text.leaveQuestion, buttons } as const;
      // Without an answer of ours the window could not be closed, and nothing would say why.
      const answer = dialog.showMessageBoxSync(window, { ...question, cancelId: 0, defaultId: 0 });
      if (answer === 1) event.preventDefault();
    });
    window.on('closed', () => {
      nativeTheme.off('updated', recolour);
      this.#wanted++;
      this.#options.onClosed();
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit') return;
      this.#options.log(`the page's process is gone: ${reason}`);
      // Not a reload: a page that ends its process would do it again and again.
      void this.showStarting('console').catch((error: unknown) => this.#options.log(String(error)));
    });
  }
}

function currentColours(): (typeof COLOURS)['light'] {
  return nativeTheme.shouldUseDarkColors ? COLOURS.dark : COLOURS.light;
}

function overlayOf(colours: (typeof COLOURS)['light']): Electron.TitleBarOverlay {
  return { color: colours.bar, symbolColor: colours.symbol, height: TITLE_BAR_HEIGHT };
}

/** Whether enough of the remembered place is on a screen that is there today to take hold of the window. */
function isOnScreen(bounds: Bounds): boolean {
  const bar: Rectangle = { ...bounds, height: TITLE_BAR_HEIGHT };
  return screen.getAllDisplays().some(({ workArea }) => {
    const width = Math.min(bar.x + bar.width, workArea.x + workArea.width) - Math.max(bar.x, workArea.x);
    const top = bar.y >= workArea.y && bar.y < workArea.y + workArea.height - TITLE_BAR_HEIGHT;
    return width >= 120 && top;
  });
}
