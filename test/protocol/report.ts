export interface Result {
  /** CATEGORY/..., unique in a run. */
  readonly id: string;
  readonly expected: string;
  readonly passed: boolean;
  /** What came instead, when it did not pass. */
  readonly came?: string;
  readonly milliseconds: number;
}

export interface LeftOut {
  readonly category: string;
  readonly why: string;
}

/** Collects the results of a run. There is no skipping: what could not be tried has failed. */
export interface Report {
  readonly results: readonly Result[];
  readonly leftOut: readonly LeftOut[];
  /** Tries one expectation; gives back what `attempt` gave, or undefined when it threw. */
  readonly check: <T>(id: string, expected: string, attempt: () => Promise<T>) => Promise<T | undefined>;
  leaveOut(category: string, why: string): void;
}

/** What came instead of what was expected; its message is shown as it is. */
export class Mismatch extends Error {}

/** The result of an earlier check; what builds on one that failed fails as well. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Mismatch(`could not be tried: there is no ${what}`);
  return value;
}

const MAX_CAME = 1200;

export function createReport(onResult: (result: Result) => void = () => {}): Report {
  const results: Result[] = [];
  const leftOut: LeftOut[] = [];
  const seen = new Set<string>();
  const add = (result: Result): void => {
    results.push(result);
    onResult(result);
  };
  return {
    results,
    leftOut,
    async check(id, expected, attempt) {
      if (seen.has(id)) throw new Error(`two checks are called ${id}`);
      seen.add(id);
      const began = performance.now();
      const milliseconds = (): number => Math.round(performance.now() - began);
      try {
        const value = await attempt();
        add({ id, expected, passed: true, milliseconds: milliseconds() });
        return value;
      } catch (error) {
        const came = error instanceof Error ? error.message : String(error);
        add({ id, expected, passed: false, came: came.slice(0, MAX_CAME), milliseconds: milliseconds() });
        return undefined;
      }
    },
    leaveOut: (category, why) => void leftOut.push({ category, why }),
  };
}

/** Part of an id under which results are summed up: the first segment. */
const categoryOf = (id: string): string => id.split('/', 1)[0] ?? id;

/** A table with a line for each category, and what failed before it. */
export function summarize(report: Report): string {
  const rows = new Map<string, { passed: number; failed: number }>();
  for (const { id, passed } of report.results) {
    const row = rows.get(categoryOf(id)) ?? { passed: 0, failed: 0 };
    row[passed ? 'passed' : 'failed']++;
    rows.set(categoryOf(id), row);
  }
  const width = Math.max(...[...rows.keys(), 'category'].map((name) => name.length));
  const line = (name: string, passed: string | number, failed: string | number): string =>
    `${name.padEnd(width)}  ${String(passed).padStart(6)}  ${String(failed).padStart(6)}`;
  const failures = report.results
    .filter(({ passed }) => !passed)
    .map(({ id, expected, came }) => `FAIL ${id}\n  expected: ${expected}\n  came:     ${came}`);
  const passedCount = report.results.filter(({ passed }) => passed).length;
  return [
    ...failures,
    line('category', 'passed', 'failed'),
    ...[...rows].map(([name, { passed, failed }]) => line(name, passed, failed)),
    line('total', passedCount, failures.length),
    ...report.leftOut.map(({ category, why }) => `not run: ${category} (${why})`),
  ].join('\n');
}

/** Whether every check passed; a run without checks did not. */
export function allPassed(report: Report): boolean {
  return report.results.length > 0 && report.results.every(({ passed }) => passed);
}
