import { describe, expect, it } from 'vitest';
import { describeOutcome, judge } from '#build/report.ts';
import { countPlaywright, countVitest, type Outcome } from '#build/suites.ts';

const outcome = (some: Partial<Outcome>): Outcome => ({
  name: 'unit',
  passed: 3,
  failed: 0,
  skipped: [],
  unsteady: [],
  seconds: 1,
  output: 'everything it said',
  ...some,
});

const here = { ci: false, allowed: [] };

describe('the verdict over all suites', () => {
  it('is one line of counts and success when all passed', () => {
    const verdict = judge([outcome({}), outcome({ passed: 4 })], [], here);
    expect(verdict).toEqual({ line: '7 passed, 0 failed', lines: [], ok: true });
  });

  it('is failure when one test failed', () => {
    expect(judge([outcome({ failed: 1 })], [], here)).toMatchObject({
      line: '3 passed, 1 failed',
      ok: false,
    });
  });

  it('names what passed only when it was run again', () => {
    const verdict = judge([outcome({ unsteady: ['a race: too late'] })], [], here);
    expect(verdict).toMatchObject({ line: '3 passed, 0 failed', ok: true });
    expect(verdict.lines.join()).toContain('in unit: a race: too late');
  });

  it('is failure when nothing ran', () => {
    expect(judge([], [], here).ok).toBe(false);
  });

  it('names what was skipped or missing and stays green on a machine of a person', () => {
    const verdict = judge([outcome({ skipped: ['a login'] })], ['dockerd'], here);
    expect(verdict).toMatchObject({ line: '3 passed, 0 failed, 1 skipped', ok: true });
    expect(verdict.lines).toEqual(['missing part: dockerd', 'skipped in unit: a login']);
  });

  it('is failure in CI when something was skipped or missing that no entry allows', () => {
    const verdict = judge([outcome({ skipped: ['a login'] })], ['dockerd'], { ci: true, allowed: [] });
    expect(verdict).toMatchObject({ line: '3 passed, 2 failed, 1 skipped', ok: false });
  });

  it('lets pass in CI what an entry allows with its reason', () => {
    const allowed = [
      { suite: 'unit', test: 'a log', reason: 'no directory there' },
      { part: 'dockerd', reason: 'no root there' },
    ];
    const verdict = judge([outcome({ skipped: ['a login'] })], ['dockerd'], { ci: true, allowed });
    expect(verdict).toMatchObject({ line: '3 passed, 0 failed, 1 skipped', ok: true });
    expect(verdict.lines.join()).toContain('allowed: no root there');
  });

  it('prints the output of a suite only when it failed', () => {
    expect(describeOutcome(outcome({}))).not.toContain('everything it said');
    expect(describeOutcome(outcome({ failed: 1 }))).toContain('everything it said');
  });
});

describe('the counts of a Vitest report', () => {
  const test = (fullName: string, status: string) => ({ fullName, status });

  it('are its passed, failed and skipped tests', () => {
    const results = [test('a', 'passed'), test('b', 'failed'), test(' c', 'skipped'), test('d', 'todo')];
    const text = JSON.stringify({ testResults: [{ status: 'failed', assertionResults: results }] });
    expect(countVitest(text)).toEqual({ passed: 1, failed: 1, skipped: ['c', 'd'], unsteady: [] });
  });

  it('count a file that does not load as a failure', () => {
    const text = JSON.stringify({ testResults: [{ status: 'failed', assertionResults: [] }] });
    expect(countVitest(text)).toEqual({ passed: 0, failed: 1, skipped: [], unsteady: [] });
  });

  it('count a file whose setup failed as a failure, beside the tests it skipped', () => {
    const text = JSON.stringify({
      testResults: [{ status: 'failed', assertionResults: [test('a', 'skipped')] }],
    });
    expect(countVitest(text)).toEqual({ passed: 0, failed: 1, skipped: ['a'], unsteady: [] });
  });

  it('name what passed only when it was run again, and why it had failed', () => {
    const again = { ...test('a', 'passed'), failureMessages: ['Error: too late\n    at somewhere'] };
    const text = JSON.stringify({ testResults: [{ status: 'passed', assertionResults: [again] }] });
    expect(countVitest(text)).toMatchObject({ passed: 1, failed: 0, unsteady: ['a: Error: too late'] });
  });
});

describe('the counts of a Playwright report', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] });

  it('are those of all suites, with errors outside of tests as failures', () => {
    const inner = { title: 'inner', specs: [spec('c', 'skipped'), spec('d', 'unexpected')] };
    const outer = { title: 'a.spec.ts', specs: [spec('a', 'expected'), spec('b', 'flaky')], suites: [inner] };
    const text = JSON.stringify({ suites: [outer], errors: [{ message: 'no browser' }] });
    expect(countPlaywright(text)).toEqual({
      passed: 2,
      failed: 2,
      skipped: ['a.spec.ts inner c'],
      unsteady: ['a.spec.ts b'],
    });
  });
});
