import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = resolve(import.meta.dirname, '..');
const caches = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'berth');

/** The folders of test/ that Vitest runs; e2e and desktop belong to Playwright. */
interface Project {
  readonly name: string;
  readonly testTimeout: number;
  /** One file at a time: for suites that start daemons and move hundreds of megabytes. */
  readonly serial?: boolean;
  readonly retry?: number;
  readonly globalSetup?: string;
  /** The folder below test/, where it is not the name. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * In CI what fails is run once more, and named in the report when it then passes: one race on a loaded machine among
 * thousands of tests stops nobody, and is there to be mended. Pure tests have no such excuse.
 */
const retry = process.env['CI'] ? 1 : 0;

const shared = { retry, testTimeout: 30_000, globalSetup: 'test/support/global-setup.ts' };

const projects: readonly Project[] = [
  { name: 'unit', testTimeout: 10_000 },
  { name: 'architecture', testTimeout: 30_000 },
  { name: 'contract', ...shared },
  { name: 'api', ...shared, env: { TEST_DATABASE: 'sqlite' } },
  { name: 'api-postgres', folder: 'api', ...shared, env: { TEST_DATABASE: 'postgres' } },
  { name: 'integration', retry, testTimeout: 300_000, serial: true },
  { name: 'client', retry, testTimeout: 60_000, serial: true },
];

export default defineConfig({
  root,
  cacheDir: join(caches, 'vite'),
  // The tests are strict TypeScript with a tsconfig that only checks; nothing of it matters to the transform.
  test: {
    reporters: ['default'],
    projects: projects.map(
      ({ name, folder = name, testTimeout, serial, retry: again = 0, globalSetup, env }) => ({
        root,
        cacheDir: join(caches, 'vite'),
        test: {
          name,
          environment: 'node',
          include: [`test/${folder}/**/*.test.{ts,tsx}`],
          // Processes, not threads: a child that a test starts dies with its worker.
          pool: 'forks' as const,
          testTimeout,
          retry: again,
          hookTimeout: serial ? 600_000 : 60_000,
          teardownTimeout: 30_000,
          fileParallelism: !serial,
          ...(env ? { env } : {}),
          ...(globalSetup ? { globalSetup: [join(root, globalSetup)] } : {}),
        },
      }),
    ),
  },
});
