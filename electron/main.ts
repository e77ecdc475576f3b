import { app, dialog } from 'electron';
import { DesktopApp } from './desktop-app.ts';
import { registerLocalScheme } from './local-pages.ts';
import { movedHome } from './paths.ts';

const home = movedHome();
// GTK 4 is the default under GNOME since Electron 36; the packages that Berth asks for bring GTK 3.
if (process.platform === 'linux') app.commandLine.appendSwitch('gtk-version', '3');
// enableSandbox() would take --no-sandbox away from the children alone, and each of them would die at its start.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
// The terminal that started the app may be closed before it.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

if (!app.requestSingleInstanceLock()) {
  // Whoever holds the lock is told by 'second-instance'.
  process.stdout.write('Berth is already running; its window comes to the front\n');
  app.exit(0);
} else {
  registerLocalScheme();
  // Not `await`: Electron is ready only after this file has run.
  app
    .whenReady()
    .then(() => start(home))
    .catch((error: unknown) => giveUp(error));
}

function start(movedTo: string | undefined): void {
  const desktop = new DesktopApp(movedTo);
  let stopped = false;
  let quitting = false;
  let again = false;
  // Who asks for the app while it is ending gets a new one: a window opened now would end with it.
  const show = (): void => {
    if (quitting) again = true;
    else desktop.showWindow();
  };
  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => {
    // There is no tray to come back from: outside macOS, closing the window ends the app and its registry.
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    quitting = true;
    void desktop.stop().then(() => {
      stopped = true;
      if (again) app.relaunch();
      // Not quit(): while this event is under way it is ignored.
      app.exit(0);
    });
  });
  process.on('uncaughtException', (error) => giveUp(error));
  process.on('unhandledRejection', (reason) => desktop.log(`unhandled rejection: ${String(reason)}`));
  desktop.start();
}

/** Says what went wrong and ends; the server ends with the channel to this process. */
function giveUp(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`berth: ${text}\n`);
  // Nobody is there to close a dialog where everything is moved for a test.
  if (!process.env.BERTH_HOME) dialog.showErrorBox('Berth', text);
  app.exit(1);
}
