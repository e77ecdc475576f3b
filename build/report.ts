/** How results are told: one line a suite, the whole output of what failed, and the count at the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Outcome } from './suites.ts';

/** An entry of test/allowed-skips.json: a test or a system part that may be missing in CI, and why. */
export interface AllowedSkip {
  readonly suite?: string;
  /** The beginning of the test's full name. */
  readonly test?: string;
  readonly part?: string;
  readonly reason: string;
}

export interface Verdict {
  /** The last line of the run. */
  readonly line: string;
  readonly lines: readonly string[];
  readonly ok: boolean;
}

/** Reads test/allowed-skips.json; throws when an entry gives no reason. */
export function readAllowedSkips(): readonly AllowedSkip[] {
  const entries = JSON.parse(
    readFileSync(join(root, 'test/allowed-skips.json'), 'utf8'),
  ) as readonly AllowedSkip[];
  const bare = entries.find(({ reason }) => typeof reason !== 'string' || reason.length < 10);
  if (bare) throw new Error(`test/allowed-skips.json: an entry without a reason: ${JSON.stringify(bare)}`);
  return entries;
}

/** One line for a finished suite, and what it printed when it failed. */
export function describeOutcome(outcome: Outcome): string {
  const { name, passed, failed, skipped, unsteady, seconds, output } = outcome;
  const counts = [`${passed} passed`, ...(failed ? [`${failed} FAILED`] : [])];
  if (unsteady.length > 0) counts.push(`${unsteady.length} unsteady`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const line = `${name.padEnd(14)} ${counts.join(', ').padEnd(34)} ${seconds.toFixed(1).padStart(7)} s`;
  if (failed === 0) return line;
  const rule = '-'.repeat(72);
  return `${line}\n${rule}\n${output.trimEnd()}\n${rule}`;
}

/**
 * Adds up the outcomes. In CI a skipped test or a missing part that no entry allows counts as failed;
 * elsewhere both are named and do not fail the run.
 */
export function judge(
  outcomes: readonly Outcome[],
  missingParts: readonly string[],
  settings: { readonly ci: boolean; readonly allowed: readonly AllowedSkip[] },
): Verdict {
  const { ci, allowed } = settings;
  const lines: string[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const leftOut = (what: string, reason: string | undefined): void => {
    if (ci && reason === undefined) {
      failed += 1;
      lines.push(`FAILED: ${what} (CI allows this only by an entry in test/allowed-skips.json)`);
    } else lines.push(`${what}${reason === undefined ? '' : ` (allowed: ${reason})`}`);
  };
  for (const part of missingParts) {
    leftOut(`missing part: ${part}`, allowed.find((entry) => entry.part === part)?.reason);
  }
  for (const outcome of outcomes) {
    passed += outcome.passed;
    failed += outcome.failed;
    skipped += outcome.skipped.length;
    for (const test of outcome.unsteady)
      lines.push(`UNSTEADY, passed only when run again, in ${outcome.name}: ${test}`);
    for (const test of outcome.skipped) {
      const entry = allowed.find(
        (each) => each.suite === outcome.name && each.test && test.startsWith(each.test),
      );
      leftOut(`skipped in ${outcome.name}: ${test}`, entry?.reason);
    }
  }
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, lines, ok: failed === 0 && passed > 0 };
}
