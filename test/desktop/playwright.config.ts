import { defineConfig } from '@playwright/test';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: '**/*.spec.ts',
  outputDir: join(root, 'test-results/desktop'),
  globalSetup: join(import.meta.dirname, 'setup.ts'),
  // One window at a time: two would fight for the focus and for two cores.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // Playwright sometimes loses a window that loads its second page while it attaches; the app itself does not.
  retries: 1,
  forbidOnly: Boolean(process.env['CI']),
  reporter: 'list',
});
