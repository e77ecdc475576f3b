/**
 * `npm run build`: everything of a release into dist/: the console, the shell, and the server as one file that needs
 * only better-sqlite3 beside it. Ends by starting the bundled server, asking it something and stopping it.
 */
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildConsole } from './console.ts';
import { buildDesktop } from './desktop.ts';

const ROOT = join(import.meta.dirname, '..');
const CONSOLE = join(ROOT, 'dist/console');
const SERVER = join(ROOT, 'dist/server');
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/** Bundles the server and, each as a file of its own beside it, its worker threads (`*-worker.ts`). */
async function buildServer(): Promise<void> {
  const workers = globSync('server/**/*-worker.ts', { cwd: ROOT });
  rmSync(SERVER, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      server: 'server/main.ts',
      ...Object.fromEntries(workers.map((path) => [basename(path, '.ts'), path])),
    },
    outdir: SERVER,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // Its native part is a file of its own; pg-native is an optional part of pg that nothing here uses.
    external: ['better-sqlite3', 'pg-native'],
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {
      js: "import { createRequire as berthRequire } from 'node:module'; const require = berthRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Starts the bundled server on a folder of its own and any port; throws unless it serves and stops cleanly. */
async function checkServer(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'berth-bundle-'));
  const server = spawn(
    process.execPath,
    [join(SERVER, 'server.mjs'), 'serve', '--data', data, '--listen', '127.0.0.1:0'],
    {
      // The password is of no use to anybody: the folder is removed below.
      env: { ...process.env, BERTH_CONSOLE_DIR: CONSOLE, BERTH_ADMIN_PASSWORD: `Aa1-${crypto.randomUUID()}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(server, 'exit') as Promise<[code: number | null]>;
  try {
    const origin = await readOrigin(createInterface({ input: server.stdout }));
    const [registry, page] = await Promise.all([fetch(`${origin}/v2/`), fetch(`${origin}/`)]);
    if (registry.status !== 401) throw new Error(`GET /v2/ gave ${registry.status}, not 401`);
    if (!(await page.text()).includes('<script')) throw new Error('GET / gave no console');
    server.kill('SIGTERM');
    const [code] = await within(STOP_LIMIT_MS, ended, 'the bundled server did not stop');
    if (code !== 0) throw new Error(`the bundled server ended with ${code}`);
  } finally {
    server.kill('SIGKILL');
    await ended;
    rmSync(data, { recursive: true, force: true });
  }
}

async function readOrigin(lines: AsyncIterable<string>): Promise<string> {
  const found = (async (): Promise<string> => {
    for await (const line of lines) {
      const origin = /^berth ready at (\S+)$/.exec(line)?.[1];
      if (origin) return origin;
    }
    throw new Error('the bundled server ended before it was ready');
  })();
  return within(START_LIMIT_MS, found, 'the bundled server was not ready in time');
}

async function within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

if (import.meta.main) {
  // Development leaves source maps there.
  rmSync(join(ROOT, 'dist/electron'), { recursive: true, force: true });
  await Promise.all([buildConsole({ outDir: CONSOLE }), buildDesktop({ minify: true }), buildServer()]);
  await checkServer();
  console.log('built dist/console, dist/electron and dist/server');
}
