/**
 * `npm test`: everything but benchmark and soak. The quick gates come first; the last line is
 * `N passed, N failed`, and the exit code is not zero when anything failed.
 *
 *   npm test -- --only unit,api     only these suites
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeOutcome, judge, readAllowedSkips } from './report.ts';
import { gates, lanes, middle, runSuite, stopSuites, type Outcome, type Suite } from './suites.ts';
import { describeMissing, provideParts } from './system-parts.ts';

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const wanted = values.only?.split(',');
const known = [gates, middle, ...lanes].flat().map(({ name }) => name);
const unknown = wanted?.filter((name) => !known.includes(name)) ?? [];
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'berth-test-'));
const outcomes: Outcome[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    void stopSuites().finally(() => {
      rmSync(scratch, { recursive: true, force: true });
      process.exit(130);
    });
  });
}

async function runInOrder(suites: readonly Suite[]): Promise<void> {
  for (const suite of suites) {
    if (wanted && !wanted.includes(suite.name)) continue;
    if (missing.some(({ name }) => suite.parts?.includes(name))) continue;
    const outcome = await runSuite(suite, scratch);
    outcomes.push(outcome);
    console.log(describeOutcome(outcome));
    // The table of Harbor's operations is there to be read, also when all of it is proved.
    if (suite.shown && outcome.failed === 0) console.log(outcome.output.trimEnd());
  }
}

const began = performance.now();
const needsParts = !wanted || wanted.some((name) => !gates.some((gate) => gate.name === name));
const missing = needsParts ? await provideParts((line) => console.log(line)) : [];
for (const line of describeMissing(missing)) console.log(line);
await runInOrder(gates);
await runInOrder(middle);
if (availableParallelism() > 1) await Promise.all(lanes.map(runInOrder));
else await runInOrder(lanes.flat());

const ci = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false';
const verdict = judge(
  outcomes,
  missing.map(({ name }) => name),
  { ci, allowed: readAllowedSkips() },
);
rmSync(scratch, { recursive: true, force: true });
for (const line of verdict.lines) console.log(line);
console.log(`in ${((performance.now() - began) / 1000).toFixed(0)} s`);
console.log(verdict.line);
process.exitCode = verdict.ok ? 0 : 1;
