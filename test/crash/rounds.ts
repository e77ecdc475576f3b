import { createHash } from 'node:crypto';
import { cp, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { repositoryRoot, startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin } from '#test/support/berth-setup.ts';
import { cleanEnv, pause, start, temporaryFolder } from '#test/support/process.ts';
import { bytesOf, chanceOf, type Chance } from './chance.ts';
import { connect } from './connection.ts';
import { pushMissing, resume, verify } from './verify.ts';
import { startWorkload } from './workload.ts';
import { createWorld, type World } from './world.ts';

const REPOSITORIES = ['library/one', 'library/two', 'library/deep/er/three'];
const TAGS = ['latest', 'v1', 'v2', 'v3', 'edge', 'x_y.z-1'];

export interface RoundsOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly clients?: number;
  /** Bytes of the largest blob. */
  readonly largest?: number;
  /** Longest time from ready to the crash, in milliseconds. */
  readonly longestMs?: number;
  readonly onRound?: (round: Round) => void;
}

export interface Round {
  readonly round: number;
  /** Milliseconds of work before the crash. */
  readonly workedMs: number;
  /** Operations acknowledged in this round. */
  readonly acknowledged: number;
  /** Milliseconds from start to the ready line, after the crash. */
  readonly restartMs: number;
  readonly resumed: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  readonly faults: readonly string[];
}

export interface Report {
  readonly seed: number;
  readonly rounds: readonly Round[];
  /** Of the whole: what no single round shows. */
  readonly faults: readonly string[];
}

/**
 * Lets clients work on one folder, kills the server in the middle, starts it again and reads back everything, round
 * after round. What is pushed and when the crash comes follows the seed; how the requests interleave does not.
 */
export async function runRounds(options: RoundsOptions): Promise<Report> {
  const scratch = await temporaryFolder('berth-crash');
  const data = join(scratch.path, 'data');
  const world = createWorld(REPOSITORIES, TAGS);
  const rounds: Round[] = [];
  const faults: string[] = [];
  let berth: Berth | undefined;
  try {
    berth = await startBerth({ data });
    for (let number = 1; number <= options.rounds; number += 1) {
      const chance = chanceOf(options.seed, number);
      const result = await runRound(world, berth, { ...options, number, chance, scratch: scratch.path });
      berth = result.berth;
      rounds.push(result.round);
      options.onRound?.(result.round);
    }
    const connection = await connect(asAdmin(berth), world.repositories);
    faults.push(...(await verify(world, connection)).faults);
    await pushMissing(world, connection, { limit: 30, faults }, bytesOf);
    connection.close();
    const ended = await berth.stop();
    if (ended.code !== 0)
      faults.push(`the server ended with ${ended.code ?? ended.signal} when it was asked to`);
    faults.push(...checkDatabase(data), ...world.surprises.splice(0));
  } finally {
    await berth?.dispose();
    await scratch.dispose();
  }
  return { seed: options.seed, rounds, faults };
}

interface RoundOptions extends RoundsOptions {
  readonly number: number;
  readonly chance: Chance;
  readonly scratch: string;
}

async function runRound(
  world: World,
  berth: Berth,
  options: RoundOptions,
): Promise<{ round: Round; berth: Berth }> {
  const { number, chance, seed, clients = 6, largest = 6_000_000, longestMs = 1_500 } = options;
  const before = { acknowledged: world.acknowledged, digests: allDigests(world) };
  const connection = await connect(asAdmin(berth), world.repositories);
  const workload = startWorkload(world, { connection, seed, round: number, clients, largest });
  const workedMs = 20 + chance.below(longestMs);
  await pause(workedMs);
  const ended = workload.stop();
  await berth.kill();
  await ended;
  connection.close();
  world.ledger.crash();
  const faults = [...world.surprises.splice(0), ...complaints(berth)];
  const acknowledged = world.acknowledged - before.acknowledged;

  const copy = join(options.scratch, `after-${number}`);
  await copyDatabase(berth.data, copy);
  faults.push(...checkDatabase(copy), ...(await checkFiles(berth.data, before.digests)));
  await rm(copy, { recursive: true });
  if (chance.happens(0.2)) await crashWhileStarting(berth.data, options.scratch, chance.below(900));

  const began = performance.now();
  const next = await startBerth({ data: berth.data });
  const restartMs = Math.round(performance.now() - began);
  await berth.dispose();
  if (restartMs > 10_000) faults.push(`the restart took ${restartMs} ms`);
  const again = await connect(asAdmin(next), world.repositories);
  const old = new Set(before.digests);
  // All that is new is read; of what was read before, one in eight.
  const readWhole = (digest: string): boolean =>
    !old.has(digest) || parseInt(digest.slice(-2), 16) % 8 === number % 8;
  const found = await verify(world, again, { readWhole });
  const resumed = await resume(world, again, faults);
  again.close();
  faults.push(...found.faults, ...world.surprises.splice(0), ...complaints(next));
  const { tags, manifests, blobs } = found;
  const round = { round: number, workedMs, acknowledged, restartMs, resumed, tags, manifests, blobs, faults };
  return { round, berth: next };
}

const allDigests = (world: World): readonly string[] =>
  [...world.blobs.values()].flatMap((blobs) => [...blobs.keys()]);

/** What the server has to say of errors: nothing, in a run where only it was killed. */
function complaints(berth: Berth): readonly string[] {
  return berth.server
    .output()
    .split('\n')
    .filter((line) => /"level":[56]0|unhandled|Error:/i.test(line))
    .map((line) => `the server says: ${line.slice(0, 600)}`);
}

/** A crash in the middle of the start after a crash: it is killed before, or shortly after, it is ready. */
async function crashWhileStarting(data: string, scratch: string, afterMs: number): Promise<void> {
  const args = [join(repositoryRoot, 'server/main.ts'), 'serve', '--data', data, '--listen', '127.0.0.1:0'];
  const env = cleanEnv({ BERTH_CONSOLE_DIR: scratch });
  const starting = await start(process.execPath, args, { cwd: repositoryRoot, env, ready: () => true });
  await pause(afterMs);
  starting.kill('SIGKILL');
  await starting.exited;
}

async function copyDatabase(data: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of ['berth.db', 'berth.db-wal'])
    await cp(join(data, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
}

/** SQLite's own word on the database, and on what refers to what. */
function checkDatabase(folder: string): readonly string[] {
  const db = new SQLite(join(folder, 'berth.db'));
  try {
    const said = db.pragma('integrity_check', { simple: true });
    const dangling = db.pragma('foreign_key_check') as unknown[];
    return [
      ...(said === 'ok' ? [] : [`integrity_check: ${String(said)}`]),
      ...dangling.map((row) => `foreign_key_check: ${JSON.stringify(row)}`),
    ];
  } finally {
    db.close();
  }
}

/** A file that bears a digest as its name holds exactly those bytes, in the moment of the crash already. */
async function checkFiles(data: string, known: readonly string[]): Promise<readonly string[]> {
  const old = new Set(known.map((digest) => digest.replace('sha256:', '')));
  const faults: string[] = [];
  for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^[0-9a-f]{64}$/.test(entry.name) || old.has(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const hash = createHash('sha256');
    const file = await open(path);
    for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== entry.name) faults.push(`${path} holds other bytes than its name says`);
  }
  return faults;
}
