import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildConsole, consoleStamp, defaultConsoleDir, stampName } from '#build/console.ts';

/** Builds the console once for all servers of the run, where it is missing or stale. */
async function prepareConsole(): Promise<void> {
  const stamp = join(defaultConsoleDir, stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === consoleStamp()) return;
  await buildConsole();
}

// oxlint-disable-next-line import/no-default-export -- Playwright calls the default export
export default prepareConsole;
