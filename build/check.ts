/** `npm run check`: types, lint, format, architecture and unit tests, in under a minute. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOutcome, judge } from './report.ts';
import { gates, runSuite, stopSuites } from './suites.ts';

const scratch = mkdtempSync(join(tmpdir(), 'berth-check-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopSuites().finally(() => process.exit(130)));
}
const outcomes = [];
for (const gate of gates) {
  const outcome = await runSuite(gate, scratch);
  console.log(describeOutcome(outcome));
  outcomes.push(outcome);
}
rmSync(scratch, { recursive: true, force: true });
const verdict = judge(outcomes, [], { ci: false, allowed: [] });
for (const line of [...verdict.lines, verdict.line]) console.log(line);
process.exitCode = verdict.ok ? 0 : 1;
