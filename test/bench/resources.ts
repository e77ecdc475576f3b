import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OCI_MANIFEST } from '#server/lib/media-types.ts';
import { repositoryRoot } from '#test/support/berth.ts';
import { cleanEnv, eventually, pause } from '#test/support/process.ts';
import { contentMaker } from './content.ts';
import { wrk } from './load.ts';
import type { BenchOptions } from './options.ts';
import { forgetPeak, peakBytes, processTree, residentBytes } from './process-memory.ts';
import { expectStatus, openSession, pullBlob, pushImage, pushRate, startUpload } from './registry.ts';
import { REPOSITORY, settle, startOurs, type Target } from './targets.ts';

/** A figure of ours alone, with what it may be at most. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: 's' | 'MB' | 'MiB' | 'ms';
  readonly atMost: number;
  /** Each measurement; undefined when it was left out. */
  readonly values: readonly number[];
  /** Why it was left out. */
  readonly leftOut?: string;
}

/** What is started: the sources as they are, or the one file that a release runs. */
const PROGRAMS = {
  release: join(repositoryRoot, 'dist/server/server.mjs'),
  sources: join(repositoryRoot, 'server/main.ts'),
} as const;

/** Builds what a release runs; a few seconds. */
async function buildRelease(): Promise<void> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'build/bundle.ts')], { stdio: 'ignore' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error('`npm run build` failed: run it by itself to see why');
}

/** Seconds from the start of the process to its ready line, on a folder that may be new. */
async function timeStart(program: string, data: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--data', data, '--listen', '127.0.0.1:0'], {
    cwd: repositoryRoot,
    env: cleanEnv({ BERTH_ADMIN_PASSWORD: 'Harbour-master-1', BERTH_CONSOLE_DIR: tmpdir() }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  const ready = new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('berth ready at')) resolve((performance.now() - begin) / 1000);
    });
  });
  const seconds = await Promise.race([ready, exited.then(() => Number.NaN)]);
  child.kill('SIGTERM');
  await exited;
  if (Number.isNaN(seconds)) throw new Error(`Berth ended before it was ready:\n${output}`);
  return seconds;
}

async function startFigures(runs: number, what: keyof typeof PROGRAMS): Promise<Figure[]> {
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < runs; round++) {
    const data = await mkdtemp(join(tmpdir(), 'bench-start-'));
    try {
      first.push(await timeStart(PROGRAMS[what], join(data, 'data')));
      again.push(await timeStart(PROGRAMS[what], join(data, 'data')));
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  const common = { unit: 's', atMost: 1 } as const;
  return [
    { ...common, id: 'start', title: `from start to ready, ${what}`, values: again },
    { ...common, id: 'start', title: `from the first start ever to ready, ${what}`, values: first },
  ];
}

async function idleFigure(runs: number, what: keyof typeof PROGRAMS): Promise<Figure> {
  const values: number[] = [];
  for (let round = 0; round < runs; round++) {
    const target = await startOurs({ program: PROGRAMS[what] });
    try {
      await pause(3000);
      values.push(residentBytes(target.pid) / 1e6);
    } finally {
      await target.dispose();
    }
  }
  return { id: 'idle', title: `resident memory when idle, ${what}`, unit: 'MB', atMost: 150, values };
}

const MIB = 1 << 20;
const TEN_GIB = 10 * 1024 * MIB;

function* repeat(
  piece: Buffer,
  times: number,
  onPiece: (piece: Buffer) => void,
): Generator<Buffer, void, undefined> {
  for (let i = 0; i < times; i++) {
    onPiece(piece);
    yield piece;
  }
}

/** Streams a layer in (PATCH, then PUT, as docker does) and out, made and checked on the way; bytes above idle. */
async function moveTenGib(target: Target): Promise<{ in: number; out: number }> {
  const session = await openSession(target);
  await pause(3000);
  const idle = residentBytes(target.pid);
  forgetPeak(target.pid);
  const hash = createHash('sha256');
  const location = await startUpload(session);
  const patched = await session.wire.request({
    method: 'PATCH',
    path: `${location.pathname}${location.search}`,
    headers: { ...session.headers, 'content-type': 'application/octet-stream' },
    body: repeat(randomBytes(MIB), TEN_GIB / MIB, (piece) => hash.update(piece)),
    bodyBytes: TEN_GIB,
  });
  expectStatus(session, 'PATCH', patched, 202);
  const digest = `sha256:${hash.digest('hex')}`;
  const next = new URL(patched.header('location') ?? '', target.origin);
  next.searchParams.set('digest', digest);
  const put = await session.wire.request({
    method: 'PUT',
    path: `${next.pathname}${next.search}`,
    headers: session.headers,
    bodyBytes: 0,
  });
  expectStatus(session, 'PUT', put, 201);
  const grownIn = peakBytes(target.pid) - idle;
  forgetPeak(target.pid);
  const came = createHash('sha256');
  await pullBlob(session, { digest, sizeBytes: TEN_GIB }, (piece) => came.update(piece));
  if (`sha256:${came.digest('hex')}` !== digest) throw new Error('the 10 GiB came back changed');
  const grownOut = peakBytes(target.pid) - idle;
  session.wire.close();
  return { in: grownIn, out: grownOut };
}

async function tenGibFigures(options: BenchOptions): Promise<Figure[]> {
  const common = { id: 'ten-gib', unit: 'MiB', atMost: 64 } as const;
  const into = { ...common, title: 'memory added while a 10 GiB layer goes in' };
  const out = { ...common, title: 'memory added while it goes out' };
  const disk = await statfs(tmpdir());
  const hasRoom = disk.bavail * disk.bsize > TEN_GIB * 1.5;
  if (options.tenGib === false || !hasRoom) {
    const leftOut = hasRoom ? 'not asked for' : 'the disk has no room for it';
    return [into, out].map((figure) => ({ ...figure, values: [], leftOut }));
  }
  const target = await startOurs();
  try {
    const grown = await moveTenGib(target);
    return [
      { ...into, values: [grown.in / MIB] },
      { ...out, values: [grown.out / MIB] },
    ];
  } finally {
    await target.dispose();
    await settle();
  }
}

/** The greatest p99 of the server's processes while `work` runs, in milliseconds. */
async function delayDuring(target: Target, file: string, work: () => Promise<unknown>): Promise<number> {
  const pids = processTree(target.pid);
  const lines = (): { pid: number; p99: number }[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as { pid: number; p99: number })
      : [];
  const signal = async (): Promise<number[]> => {
    const before = lines().length;
    for (const pid of pids) process.kill(pid, 'SIGUSR2');
    await eventually('the server tells its delay', () =>
      Promise.resolve(lines().length >= before + pids.length),
    );
    return lines()
      .slice(before)
      .map((line) => line.p99);
  };
  await signal();
  await work();
  return Math.max(...(await signal()));
}

async function delayFigures({ seconds, runs }: BenchOptions, folder: string): Promise<Figure[]> {
  const file = join(folder, 'loop-delay');
  const preload = join(import.meta.dirname, 'loop-delay.ts');
  const target = await startOurs({
    env: { NODE_OPTIONS: `--import=${preload}`, BENCH_LOOP_FILE: file },
  });
  const reads: number[] = [];
  const writes: number[] = [];
  try {
    const session = await openSession(target);
    await pushImage(session, 'v1');
    session.wire.close();
    const paths = [`/v2/${REPOSITORY}/manifests/v1`];
    const make = contentMaker(MIB);
    for (let round = 0; round < runs; round++) {
      const load = { seconds, accept: OCI_MANIFEST, connections: 32, paths };
      reads.push(await delayDuring(target, file, () => wrk(target, load)));
      writes.push(await delayDuring(target, file, () => pushRate(target, { connections: 8, seconds, make })));
      await settle();
    }
  } finally {
    await target.dispose();
  }
  const common = { id: 'loop', unit: 'ms', atMost: 50 } as const;
  return [
    { ...common, title: 'event loop delay, p99, under GET manifest from 32 connections', values: reads },
    { ...common, title: 'event loop delay, p99, under 1 MiB pushes from 8 connections', values: writes },
  ];
}

export const FIGURE_IDS = ['start', 'idle', 'loop', 'ten-gib'] as const;

/** What ours needs: time to start, memory, and its event loop under load. */
export async function measureFigures(
  options: BenchOptions,
  folder: string,
  wants: (id: string) => boolean,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  if (wants('start') || wants('idle')) await buildRelease();
  for (const what of ['release', 'sources'] as const) {
    if (wants('start')) figures.push(...(await startFigures(options.runs, what)));
    if (wants('idle')) figures.push(await idleFigure(options.runs, what));
  }
  if (wants('loop')) figures.push(...(await delayFigures(options, folder)));
  if (wants('ten-gib')) figures.push(...(await tenGibFigures(options)));
  return figures;
}
