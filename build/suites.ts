/** What `npm test` and `npm run check` run, and how one of them is run: in a process group of its own, to its end. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

export interface Suite {
  readonly name: string;
  /** How its results are counted: the whole as one check, or by the report of its test runner. */
  readonly counts: 'check' | 'vitest' | 'playwright';
  readonly command: readonly [file: string, ...args: string[]];
  /** The system parts without which all of it is left out. */
  readonly parts?: readonly string[];
  /** What it prints is shown even when it passes. */
  readonly shown?: true;
}

export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** Tests that failed first and passed when they were run again, with why. */
  readonly unsteady: readonly string[];
  readonly seconds: number;
  readonly output: string;
}

const bin = join(root, 'node_modules', '.bin');
const vitest = (name: string): Suite => ({
  name,
  counts: 'vitest',
  command: ['vitest', 'run', '--config', 'build/vitest.config.ts', '--project', name],
});
const playwright = ['playwright', 'test', '--reporter', 'list,json', '--config'] as const;
/** What Electron needs of a Linux system, and a screen where there is none (test/desktop/setup.ts starts it). */
const electronParts =
  process.platform === 'linux' ? ['xvfb', 'unzip', 'GTK', 'NSS', 'ALSA', 'GBM', 'XScreenSaver', 'XTest'] : [];

/** The quick gates, in the order in which a person wants to hear of them. */
export const gates: readonly Suite[] = [
  { name: 'types', counts: 'check', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', counts: 'check', command: ['oxlint', '--type-aware'] },
  { name: 'format', counts: 'check', command: ['oxfmt', '--check'] },
  { name: 'dead code', counts: 'check', command: ['knip', '--no-progress'] },
  vitest('architecture'),
  vitest('unit'),
];

export const middle: readonly Suite[] = [
  vitest('contract'),
  vitest('api'),
  { name: 'harbor-table', counts: 'check', command: ['node', 'build/harbor-table.ts'], shown: true },
  vitest('client'),
];

/** Two lanes that run side by side where there are two cores: databases and daemons, and browsers. */
export const lanes: readonly (readonly Suite[])[] = [
  [{ ...vitest('api-postgres'), parts: ['postgresql'] }, vitest('integration')],
  [
    {
      name: 'e2e',
      counts: 'playwright',
      command: [...playwright, 'test/e2e/playwright.config.ts'],
      parts: ['chromium'],
    },
    {
      name: 'desktop',
      counts: 'playwright',
      command: [...playwright, 'test/desktop/playwright.config.ts'],
      parts: electronParts,
    },
  ],
];

const groups = new Set<number>();
/** Set once everything is to end: from then on nothing is begun. */
let stopping = false;

/** Runs a suite and counts its results; `scratch` is a folder for its report and what it saw. Never throws. */
export async function runSuite(suite: Suite, scratch: string): Promise<Outcome> {
  const report = join(scratch, `${suite.name}.json`);
  const [file, ...args] = suite.command;
  const began = performance.now();
  const { code, output } = await runGroup(
    file,
    suite.counts === 'vitest' ? [...args, ...vitestReport(report)] : args,
    {
      ...process.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      TEST_SEEN_FOLDER: join(scratch, 'seen'),
      FORCE_COLOR: '0',
    },
  );
  const seconds = (performance.now() - began) / 1000;
  const counted =
    suite.counts === 'check'
      ? { passed: 1, failed: 0, skipped: [], unsteady: [] }
      : readReport(suite, report);
  // A runner that says it failed has failed, even if its report counts no failed test (a file that does not load).
  const failed = code === 0 ? counted.failed : Math.max(1, counted.failed);
  const passed = suite.counts === 'check' && failed > 0 ? 0 : counted.passed;
  const { skipped, unsteady } = counted;
  return { name: suite.name, passed, failed, skipped, unsteady, seconds, output };
}

/** Ends everything that runs, children of children too; for the end of this process. */
export async function stopSuites(): Promise<void> {
  stopping = true;
  while (groups.size > 0) await Promise.all([...groups].map(endGroup));
}

type Counted = Pick<Outcome, 'passed' | 'failed' | 'skipped' | 'unsteady'>;

function readReport({ counts }: Suite, path: string): Counted {
  // No report or no test in it: the suite did not run, and that must not look like success.
  const nothing = { passed: 0, failed: 1, skipped: [], unsteady: [] };
  if (!existsSync(path)) return nothing;
  const text = readFileSync(path, 'utf8');
  const counted = counts === 'vitest' ? countVitest(text) : countPlaywright(text);
  const total = counted.passed + counted.failed + counted.skipped.length;
  return total === 0 ? nothing : counted;
}

const vitestReport = (path: string): string[] => [
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${path}`,
];

interface VitestReport {
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      /** Of each attempt that failed. */
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Counts Vitest's JSON report; a file that failed without a failed test (it did not load) counts as one failure. */
export function countVitest(text: string): Counted {
  const files = (JSON.parse(text) as VitestReport).testResults;
  const tests = files.flatMap((file) => file.assertionResults);
  const broken = files.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + broken.length,
    skipped: tests
      .filter((test) => !['passed', 'failed'].includes(test.status))
      .map((test) => test.fullName.trim()),
    unsteady: tests.flatMap(({ fullName, status, failureMessages: [why] = [] }) =>
      status === 'passed' && why !== undefined ? [`${fullName.trim()}: ${firstLine(why)}`] : [],
    ),
  };
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

interface PlaywrightSuite {
  readonly title: string;
  readonly suites?: readonly PlaywrightSuite[];
  readonly specs?: readonly {
    readonly title: string;
    readonly tests: readonly { readonly status: string }[];
  }[];
}

/** Counts Playwright's JSON report; errors outside of tests count as failures, what passed when run again as passed. */
export function countPlaywright(text: string): Counted {
  const report = JSON.parse(text) as { suites: readonly PlaywrightSuite[]; errors?: readonly unknown[] };
  const tests: { readonly title: string; readonly status: string }[] = [];
  const collect = (suite: PlaywrightSuite, above: string): void => {
    const title = `${above} ${suite.title}`.trim();
    for (const spec of suite.specs ?? []) {
      for (const { status } of spec.tests) tests.push({ title: `${title} ${spec.title}`, status });
    }
    for (const child of suite.suites ?? []) collect(child, title);
  };
  for (const suite of report.suites) collect(suite, '');
  return {
    passed: tests.filter(({ status }) => status === 'expected' || status === 'flaky').length,
    failed: tests.filter(({ status }) => status === 'unexpected').length + (report.errors?.length ?? 0),
    skipped: tests.filter(({ status }) => status === 'skipped').map(({ title }) => title),
    unsteady: tests.filter(({ status }) => status === 'flaky').map(({ title }) => title),
  };
}

async function runGroup(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  if (stopping) return { code: 1, output: 'not begun: the run was interrupted\n' };
  let output = '';
  const child = spawn(file, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const group = child.pid;
  if (group !== undefined) groups.add(group);
  const code = await new Promise<number>((done) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
      done(1);
    });
    // Not 'close': a process left behind may hold the pipe, and it is to be found below.
    child.once('exit', (exitCode) => done(exitCode ?? 1));
  });
  const strays = group === undefined ? [] : await strayProcesses(group);
  if (group !== undefined) await endGroup(group);
  if (strays.length === 0) return { code, output };
  return { code: 1, output: `${output}\nleft processes behind:\n${strays.join('\n')}\n` };
}

/** The command lines of a group's processes that are still there a while after its leader ended. */
async function strayProcesses(group: number): Promise<readonly string[]> {
  for (let tries = 0; tries < 50 && members(group).length > 0; tries += 1) await pause(100);
  return members(group);
}

async function endGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  for (let tries = 0; tries < 80 && members(group).length > 0; tries += 1) await pause(100);
  signalGroup(group, 'SIGKILL');
  groups.delete(group);
}

function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Pid and command line of each living process of a group. A zombie that nobody reaps is not one of them. */
function members(group: number): readonly string[] {
  if (!signalGroup(group, 0)) return [];
  if (!existsSync('/proc/self/stat')) return [`process group ${group}`];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [state, , inGroup] =
          readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        if (Number(inGroup) !== group || state === 'Z') return [];
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return []; // It ended while we looked.
      }
    });
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
