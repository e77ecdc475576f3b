import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, freemem, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { missingCommands, run } from '#test/support/process.ts';
import { consoleTable, measureConsole, type ConsoleFigure } from './console.ts';
import { measureLists, type ListFigure } from './lists.ts';
import { readOptions, USAGE, type BenchOptions } from './options.ts';
import { measureRegistryLists } from './registry-lists.ts';
import { figureTable, listTable, median, ratioOf, speedTable, type Measured, type Server } from './report.ts';
import { FIGURE_IDS, measureFigures, type Figure } from './resources.ts';
import { speedRows, type Row } from './rows.ts';
import { settle, startOurs, startPeer, type PeerId, type Target } from './targets.ts';

// `npm run bench`: Berth and its peers on one machine, in turn, over loopback, each with a fresh folder. What came out
// last is kept in docs/performance.md; nothing here passes or fails.

/** The speed table, and whose columns it has. */
interface Speed {
  readonly measured: readonly Measured[];
  readonly servers: readonly Server[];
}

const PEERS: readonly PeerId[] = ['docker-registry', 'distribution'];
const say = (line: string): void => console.error(line);

async function startTargets(options: BenchOptions): Promise<Target[]> {
  const targets: Target[] = [];
  try {
    for (const id of PEERS.filter((peer) => options.peers === 'all' || options.peers.includes(peer))) {
      const target = await startPeer(id, say);
      if (target) targets.push(target);
      else say(`${id} is not at hand: left out`);
    }
    targets.push(await startOurs());
  } catch (error) {
    for (const target of targets) await target.dispose();
    throw error;
  }
  return targets;
}

/** Each server does the row's work in turn, round after round, so that a noisy minute is everybody's. */
async function measureRow(row: Row, targets: readonly Target[], runs: number): Promise<Measured> {
  for (const target of targets) await row.prepare?.(target);
  const rounds = new Map<Target['id'], number[]>(targets.map((target) => [target.id, []]));
  const alone: number[] = [];
  for (let round = 0; round < runs; round++) {
    await row.beforeRun?.(round);
    if (row.clientAlone) alone.push(await row.clientAlone(round));
    for (const target of targets) {
      if (row.writes) await settle();
      rounds.get(target.id)?.push(await row.measure(target, round));
    }
  }
  if (row.writes) await settle();
  return { row, rounds, alone };
}

/** Measures rows on fresh servers, whose folders are removed at once: what is pushed would fill a small disk. */
async function measureOnFresh(options: BenchOptions, rows: readonly Row[]): Promise<Speed> {
  const targets = await startTargets(options);
  const measured: Measured[] = [];
  try {
    for (const row of rows) {
      say(row.title);
      measured.push(await measureRow(row, targets, options.runs));
    }
  } finally {
    for (const target of targets) await target.dispose();
  }
  return { measured, servers: targets.map(({ id, title }) => ({ id, title })) };
}

/** All rows in their order: those that only read share their servers, each that writes has its own. */
async function measureSpeed(options: BenchOptions, rows: readonly Row[]): Promise<Speed> {
  const groups = [rows.filter((row) => !row.writes), ...rows.filter((row) => row.writes).map((row) => [row])];
  const found = new Map<Row['id'], Measured>();
  let servers: readonly Server[] = [];
  for (const group of groups.filter((each) => each.length > 0)) {
    const speed = await measureOnFresh(options, group);
    ({ servers } = speed);
    for (const each of speed.measured) found.set(each.row.id, each);
  }
  return { measured: rows.flatMap((row) => found.get(row.id) ?? []), servers };
}

interface Results extends Speed {
  readonly figures: readonly Figure[];
  readonly lists: readonly ListFigure[];
  readonly opened: readonly ConsoleFigure[];
}

const machine = async () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 1e9),
  kernel: (await run('uname', ['-sr'])).trim(),
  node: process.versions.node,
});

async function writeJson(options: BenchOptions, results: Results): Promise<void> {
  const { measured, servers, figures, lists } = results;
  const speed = measured.map((each) => ({
    id: each.row.id,
    title: each.row.title,
    unit: each.row.unit,
    atLeast: each.row.atLeast,
    ...(each.alone.length > 0 ? { clientAlone: median(each.alone) } : {}),
    servers: Object.fromEntries(
      [...each.rounds].map(([id, rounds]) => [
        id,
        { median: median(rounds), ratio: ratioOf(each, id), rounds },
      ]),
    ),
  }));
  const listed = lists.map(({ small, large, ...list }) => ({
    ...list,
    smallMedianMs: median(small),
    largeMedianMs: median(large),
    samples: small.length,
  }));
  const document = {
    date: new Date().toISOString(),
    machine: await machine(),
    seconds: options.seconds,
    runs: options.runs,
    servers,
    speed,
    figures: figures.map((figure) => ({ ...figure, median: median(figure.values) })),
    lists: listed,
    console: results.opened,
  };
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify(document, null, 2)}\n`);
}

async function measure(options: BenchOptions, folder: string): Promise<void> {
  const rows = speedRows({ seconds: options.seconds, folder: makeClientFolder(folder) });
  const known = [...rows.map((row) => row.id), ...FIGURE_IDS, 'lists', 'registry-lists', 'console'];
  const unknown = options.only.filter((id) => !known.includes(id));
  if (unknown.length > 0) {
    say(`rows: ${known.join(', ')}`);
    process.exitCode = unknown.join() === 'list' ? 0 : 1;
    return;
  }
  const wants = (id: string): boolean => options.only.length === 0 || options.only.includes(id);
  const missing = missingCommands('wrk', 'ab', 'skopeo');
  if (missing.length > 0)
    throw new Error(`${missing.join(', ')} missing: node build/system-parts.ts installs them`);
  const { cpu, cores, memoryGB, kernel, node } = await machine();
  console.log(
    `${cores} x ${cpu}, ${memoryGB} GB, ${kernel}, Node ${node}; medians of ${options.runs} runs, ${options.seconds} s each\n`,
  );
  const wanted = rows.filter((row) => wants(row.id));
  const { measured, servers } = await measureSpeed(options, wanted);
  if (measured.length > 0) console.log(`${speedTable(measured, servers)}\n`);
  const figures = await measureFigures(options, folder, wants);
  if (figures.length > 0) console.log(`${figureTable(figures)}\n`);
  const lists: ListFigure[] = wants('lists') ? await measureLists(Math.min(options.seconds, 2)) : [];
  if (wants('registry-lists')) lists.push(...(await measureRegistryLists(Math.min(options.seconds, 1), say)));
  if (lists.length > 0) console.log(`${listTable(lists)}\n`);
  const opened = wants('console') ? await measureConsole(options.runs) : [];
  if (opened.length > 0) console.log(`${consoleTable(opened)}\n`);
  await writeJson(options, { measured, servers, figures, lists, opened });
  say(`written to ${options.json}`);
}

const CLIENT_BYTES = 3e9;

/** Where a client's own files lie: in memory where there is room, since its disk is not what is measured. */
function makeClientFolder(folder: string): string {
  const memory = '/dev/shm';
  const disk = existsSync(memory) ? statfsSync(memory) : undefined;
  if (!disk || disk.bavail * disk.bsize < CLIENT_BYTES || freemem() < CLIENT_BYTES) return folder;
  const made = mkdtempSync(join(memory, 'berth-bench-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A folder for everything of this run, which goes with the process, however it ends: it grows to many gigabytes. */
function makeWorkFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'berth-bench-'));
  process.env['TMPDIR'] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return folder;
}

const options = readOptions(process.argv.slice(2));
if (options) await measure(options, makeWorkFolder());
else console.log(USAGE);
