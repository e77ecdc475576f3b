import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { findCommand } from '../support/process.ts';

const root = join(import.meta.dirname, '../..');

/** The browser of the system; Playwright's own is not downloaded. */
const executablePath =
  process.env['BERTH_CHROMIUM'] ??
  ['chromium', 'chromium-browser', 'google-chrome'].map(findCommand).find(Boolean);
if (!executablePath)
  throw new Error('no Chromium on this machine: install one, or name it in BERTH_CHROMIUM');

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: '**/*.spec.ts',
  outputDir: join(root, 'test-results/e2e'),
  globalSetup: join(import.meta.dirname, 'setup.ts'),
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env['CI']),
  // As build/vitest.config.ts has it: what then passes is named in the report.
  retries: process.env['CI'] ? 1 : 0,
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Nothing outside this machine is ever asked, by the browser neither.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ],
    },
  },
});
