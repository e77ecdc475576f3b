import { describe, expect, it } from 'vitest';
import { runPowerLoss } from '#test/crash/power-loss.ts';
import { runRounds } from '#test/crash/rounds.ts';
import { findCommand } from '#test/support/process.ts';

// A few rounds of what `npm run test:crash` does at length.
describe('kill -9 while clients push, move and delete', () => {
  it('loses nothing that was acknowledged, serves nothing half-written, and needs no repair', async () => {
    const report = await runRounds({ rounds: 5, seed: 4, longestMs: 1_000 });
    expect([...report.rounds.flatMap((round) => round.faults), ...report.faults]).toEqual([]);
    // Rounds in which nothing was at stake would prove nothing.
    expect(report.rounds.reduce((sum, round) => sum + round.acknowledged, 0)).toBeGreaterThan(50);
    expect(report.rounds.at(-1)?.blobs).toBeGreaterThan(10);
  });
});

describe.skipIf(findCommand('strace') === undefined)('the power going while clients push', () => {
  it('loses nothing that was acknowledged, at any moment of a recorded run', async () => {
    const report = await runPowerLoss({ seed: 4, clients: 6, actions: 4, largest: 300_000, cuts: 20 });
    expect(report.faults).toEqual([]);
    expect(report.looked).toBe(20);
    expect(report.acknowledged).toBeGreaterThan(20);
  });
});
