import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer, type RunningServer } from '#server/cli/serve.ts';
import { loadConfig } from '#server/config/load.ts';
import { startBerth } from '#test/support/berth.ts';
import { asAdmin } from '#test/support/berth-setup.ts';
import { eventually, temporaryFolder } from '#test/support/process.ts';
import { bytesOf, chanceOf } from './chance.ts';
import { connect } from './connection.ts';
import type { Survivors } from './disk.ts';
import { recorder, replay } from './replay.ts';
import { pushMissing, verify } from './verify.ts';
import { startWorkload } from './workload.ts';
import { createWorld, type World } from './world.ts';

const REPOSITORIES = ['library/one', 'library/two/deep'];
const TAGS = ['latest', 'v1', 'v2'];
const PASSWORD = 'Harbour-master-1';

export interface PowerLossOptions {
  readonly seed: number;
  readonly clients: number;
  /** Actions of each client. */
  readonly actions: number;
  /** Bytes of the largest blob. */
  readonly largest: number;
  /** Moments that are looked at, spread over the run; without it, all of them. */
  readonly cuts?: number;
  /** Calls that fail, as strace's `inject` takes them; server errors are then no surprise. */
  readonly inject?: readonly string[];
  readonly onCut?: (text: string) => void;
}

export interface PowerLossReport {
  /** Replies that said that the server failed, where calls were made to fail. */
  readonly refused: number;
  /** Moments at which the power could go with different results, and how many of them were looked at. */
  readonly moments: number;
  readonly looked: number;
  readonly acknowledged: number;
  readonly faults: readonly string[];
}

interface Moment {
  readonly what: string;
  readonly disk: Survivors;
  readonly answered: ReadonlySet<string>;
}

/**
 * Records the system calls of a real server from its first start to its end, while clients push, and looks at what is
 * left if the power goes at each of them: everything that had been acknowledged by then must be there, whole.
 */
export async function runPowerLoss(options: PowerLossOptions): Promise<PowerLossReport> {
  const scratch = await temporaryFolder('berth-power');
  try {
    const { world, trace, root } = await record(scratch.path, options);
    const { moments, chosen } = chooseMoments(trace, root, options);
    const faults: string[] = [];
    for (const [number, moment] of chosen.entries()) {
      const folder = join(scratch.path, `moment-${number}`);
      const found = await look(world, moment, folder);
      faults.push(
        ...found.map((fault) => `after ${moment.answered.size} replies, before ${moment.what}: ${fault}`),
      );
      options.onCut?.(
        `${number + 1} of ${chosen.length}: ${moment.answered.size} replies, before ${moment.what}`,
      );
      await rm(folder, { recursive: true });
    }
    const isFailure = (text: string): boolean => options.inject !== undefined && /: 5\d\d /.test(text);
    faults.push(...world.surprises.filter((text) => !isFailure(text)));
    const refused = world.surprises.filter(isFailure).length;
    return { moments, looked: chosen.length, acknowledged: world.acknowledged, refused, faults };
  } finally {
    await scratch.dispose();
  }
}

async function record(
  scratch: string,
  options: PowerLossOptions,
): Promise<{ world: World; trace: string; root: string }> {
  const file = join(scratch, 'trace');
  // The folder that holds the data folder was there before, so its own name is not the server's to keep.
  const root = join(scratch, 'disk');
  await mkdir(root);
  const world = createWorld(REPOSITORIES, TAGS);
  const berth = await startBerth({
    data: join(root, 'data'),
    adminPassword: PASSWORD,
    under: recorder(file, options.inject),
    // What would go through io_uring is then made as calls that strace sees.
    env: { UV_USE_IO_URING: '0' },
  });
  try {
    const connection = await connect(asAdmin(berth), REPOSITORIES);
    await startWorkload(world, { ...options, connection, round: 0 }).finished;
    connection.close();
    await berth.stop();
  } finally {
    await berth.dispose();
  }
  const pid = berth.server.pid;
  await eventually('the end of the trace', async () =>
    new RegExp(`^${pid} +\\+{3} exited with`, 'm').test((await readFile(file, 'latin1')).slice(-2_000)),
  );
  return { world, trace: await readFile(file, 'latin1'), root };
}

/** The moments to look at: only what was synced is left at each, and at every other one some of the rest as well. */
function chooseMoments(
  trace: string,
  root: string,
  { seed, cuts = Infinity }: PowerLossOptions,
): { moments: number; chosen: readonly Moment[] } {
  let moments = 0;
  let last = '';
  const isNew = (text: string): boolean => {
    if (text === last) return false;
    last = text;
    return true;
  };
  replay(trace, root, ({ disk, answered }) => {
    if (isNew(`${disk.version} ${answered.size}`)) moments += 1;
  });
  last = '';
  let seen = 0;
  const chosen: Moment[] = [];
  const chance = chanceOf(seed, moments);
  replay(trace, root, ({ disk, answered }, what) => {
    if (!isNew(`${disk.version} ${answered.size}`)) return;
    seen += 1;
    if (Math.floor((seen * cuts) / moments) === Math.floor(((seen - 1) * cuts) / moments) && cuts < moments)
      return;
    const isPartial = chosen.length % 2 === 1;
    chosen.push({
      what: `${what}${isPartial ? ', with some of what was not synced' : ''}`,
      disk: disk.survivors(isPartial ? chance : undefined),
      answered: new Set(answered),
    });
  });
  return { moments, chosen };
}

/** Starts a server on what is left and reads everything back. */
async function look(world: World, moment: Moment, folder: string): Promise<readonly string[]> {
  await mkdir(folder);
  for (const [path, bytes] of moment.disk) {
    if (bytes === undefined) await mkdir(join(folder, path), { mode: 0o700 });
    else await writeFile(join(folder, path), bytes, { mode: 0o600 });
  }
  const faults: string[] = [];
  let server: RunningServer | undefined;
  try {
    const args = ['--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--log-level', 'silent'];
    const config = loadConfig({ args, env: {} });
    server = await startServer(config, { adminPassword: PASSWORD, whenPasswordMissing: 'leave-unset' });
    const as = { origin: server.origin, user: 'admin', password: PASSWORD };
    const connection = await connect(as, world.repositories);
    const isAnswered = (id: string): boolean => moment.answered.has(id);
    faults.push(...(await verify(world, connection, { isAnswered })).faults);
    // A world of its own: what is done here has not happened in the others.
    const copy = { ...world, ledger: createWorld([], []).ledger };
    await pushMissing(copy, connection, { limit: 3, faults }, bytesOf);
    connection.close();
  } catch (error) {
    faults.push(`the server could not be started or asked: ${String(error)}`);
  } finally {
    await server?.close();
  }
  return faults;
}
