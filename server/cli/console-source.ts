import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import type { ConsoleSource } from '../http/console.ts';

/** A console that lies ready in a folder. */
export function builtConsole(folder: string): ConsoleSource {
  return {
    ready() {
      if (existsSync(join(folder, 'index.html'))) return Promise.resolve(folder);
      return Promise.reject(new AppError('unavailable', `there is no console in ${folder}`));
    },
  };
}

/**
 * In a source tree the console is built by a child process when it is missing or older than its sources: the server is
 * ready at once, and the first page waits for the build.
 */
export function consoleOnDemand(root: string): ConsoleSource & { stop(): void } {
  const folder = join(root, 'dist', 'console');
  const child = spawn(process.execPath, [join(root, 'build', 'console.ts'), '--if-stale'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-4000);
  });
  const done = new Promise<string>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new AppError('unavailable', 'the console could not be built', { cause })),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(folder);
      else
        reject(
          new AppError(
            'unavailable',
            `the console could not be built: ${text.trim().split('\n').at(-1) ?? ''}`,
          ),
        );
    });
  });
  // Told to whoever opens the console; nobody may ever do that.
  done.catch(() => undefined);
  return { ready: () => done, stop: () => void child.kill() };
}
