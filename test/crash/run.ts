import { parseArgs } from 'node:util';
import { findCommand } from '#test/support/process.ts';
import { runPowerLoss } from './power-loss.ts';
import { runRounds, type Report, type Round } from './rounds.ts';

// `npm run test:crash`: kill -9 at random points, many times, on one folder, and then a recorded run of which only what
// was synced is kept. Exit code 1 when anything acknowledged was lost or anything half-written was served.
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '6' },
    /** Moments of a recorded run at which the power goes; 0 leaves that out. */
    cuts: { type: 'string', default: '100' },
  },
});

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

function show(round: Round): void {
  const cells = [
    `round ${round.round}`.padEnd(10),
    `${round.acknowledged} acknowledged in ${round.workedMs} ms`.padEnd(32),
    `ready again in ${round.restartMs} ms`.padEnd(24),
    `${round.resumed} uploads resumed`.padEnd(20),
    `${round.tags} tags, ${round.manifests} manifests, ${round.blobs} blobs`.padEnd(40),
    round.faults.length === 0 ? 'ok' : `${round.faults.length} FAULTS`,
  ];
  console.log(cells.join(' '));
  for (const fault of round.faults) console.log(`    ${fault}`);
}

function summarize({ rounds, faults }: Report): number {
  for (const fault of faults) console.log(`    ${fault}`);
  const restarts = rounds.map((round) => round.restartMs);
  const acknowledged = rounds.reduce((sum, round) => sum + round.acknowledged, 0);
  const all = faults.length + rounds.reduce((sum, round) => sum + round.faults.length, 0);
  console.log(
    `${rounds.length} crashes, ${acknowledged} acknowledged operations, restart median ${median(restarts)} ms, ` +
      `longest ${Math.max(0, ...restarts)} ms, ${all} faults`,
  );
  return all;
}

const seed = Number(values.seed);
console.log(`seed ${seed} (again with --seed ${seed})`);
const report = await runRounds({
  rounds: Number(values.rounds),
  seed,
  clients: Number(values.clients),
  onRound: show,
});
let faults = summarize(report);

const cuts = Number(values.cuts);
if (cuts > 0 && findCommand('strace') === undefined)
  console.log('the power was not cut: there is no strace here');
else if (cuts > 0) {
  const power = await runPowerLoss({ seed, clients: 5, actions: 12, largest: 2_000_000, cuts });
  for (const fault of power.faults) console.log(`    ${fault}`);
  console.log(
    `the power gone at ${power.looked} of ${power.moments} moments of a recorded run with ` +
      `${power.acknowledged} acknowledged operations: ${power.faults.length} faults`,
  );
  faults += power.faults.length;
}
process.exitCode = faults === 0 ? 0 : 1;
