import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin } from '#test/support/berth-setup.ts';
import { pause } from '#test/support/process.ts';
import { chanceOf } from '#test/crash/chance.ts';
import { callerOf, type Answer } from './clients.ts';
import { INSPECTOR, openCollector, type OwnMemory } from './collect.ts';
import { prepare, repertoire, signIn, type Worker } from './work.ts';

// `npm run test:soak`: mixed work from several clients for a while. It passes when the server holds at most 1.1 times
// the memory at the end that it held after two minutes (half of the time, where that is less).
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '6' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string', default: 'test-results/soak.json' },
  },
});
const MOST_GROWTH = 1.1;
const SAMPLE_MS = 5_000;
/**
 * Before memory is compared the clients rest and the server collects its garbage: V8 leaves an idle heap as it is, so that
 * chance would decide which of the two moments comes after a collection.
 */
const SETTLE_MS = 15_000;
const SETTLED_SAMPLES = 5;

interface Sample {
  readonly atSeconds: number;
  readonly rssMib: number;
  readonly answered: number;
}

/** Resident memory of the server and of whatever processes it started, in MiB. */
async function residentMib(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => ''))
    .split(' ')
    .filter(Boolean);
  const own = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  const below = await Promise.all(children.map((child) => residentMib(Number(child)).catch(() => 0)));
  return below.reduce((sum, each) => sum + each, Number(own) / 1024);
}

/** The server at rest, after a collection. */
interface Resting {
  readonly rssMib: number;
  readonly own: OwnMemory;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

interface Crew {
  resting: boolean;
  stopped: boolean;
  answered: number;
  readonly counts: Map<string, number>;
  readonly surprises: Map<string, number>;
}

function note(crew: Crew, what: string, { status, body }: Answer, wanted: readonly number[]): void {
  crew.answered += 1;
  crew.counts.set(what, (crew.counts.get(what) ?? 0) + 1);
  if (wanted.includes(status)) return;
  const surprise = `${what}: ${status} ${body.toString().slice(0, 200)}`.replaceAll(/[0-9a-f-]{32,}/g, '...');
  crew.surprises.set(surprise, (crew.surprises.get(surprise) ?? 0) + 1);
}

async function work(crew: Crew, worker: Worker): Promise<void> {
  const acts = repertoire.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));
  while (!crew.stopped) {
    if (crew.resting) await pause(100);
    else await worker.chance.pick(acts)(worker);
  }
}

async function soak(
  berth: Berth,
  minutes: number,
): Promise<{ samples: Sample[]; crew: Crew; before: Resting; after: Resting }> {
  const crew: Crew = { resting: false, stopped: false, answered: 0, counts: new Map(), surprises: new Map() };
  const admin = callerOf(asAdmin(berth));
  const developer = callerOf({ origin: berth.origin, ...(await prepare(admin)) });
  const session = await signIn(admin, { user: 'admin', password: berth.adminPassword });
  let numbers = 0;
  const workers = Array.from({ length: Number(values.clients) }, (_, number) =>
    work(crew, {
      admin,
      developer,
      origin: berth.origin,
      session,
      chance: chanceOf(Number(values.seed), number),
      next: () => (numbers += 1),
      note: (what, answer, wanted) => note(crew, what, answer, wanted),
    }),
  );
  const began = performance.now();
  const samples: Sample[] = [];
  const sample = async (): Promise<number> => {
    const rssMib = await residentMib(berth.server.pid);
    samples.push({
      atSeconds: Math.round((performance.now() - began) / 1000),
      rssMib,
      answered: crew.answered,
    });
    return rssMib;
  };
  const until = async (endMs: number): Promise<void> => {
    while (performance.now() - began < endMs) {
      await pause(Math.min(SAMPLE_MS, endMs - (performance.now() - began)));
      await sample();
    }
  };
  const collector = await openCollector(berth.server);
  const settled = async (): Promise<Resting> => {
    crew.resting = true;
    await pause(SETTLE_MS);
    const own = await collector.collect();
    const seen: number[] = [];
    for (let count = 0; count < SETTLED_SAMPLES; count += 1) {
      seen.push(await sample());
      await pause(1_000);
    }
    crew.resting = false;
    return { rssMib: median(seen), own };
  };
  const firstMs = Math.min(2, minutes / 2) * 60_000;
  await until(firstMs);
  const before = await settled();
  await until(minutes * 60_000);
  const after = await settled();
  crew.stopped = true;
  await Promise.all(workers);
  for (const caller of [admin, developer, collector]) caller.close();
  return { samples, crew, before, after };
}

function show(samples: readonly Sample[], crew: Crew): void {
  console.log('  time     memory   answered');
  const every = Math.max(1, Math.floor(samples.length / 24));
  for (const [number, { atSeconds, rssMib, answered }] of samples.entries()) {
    if (number % every !== 0) continue;
    const time = `${Math.floor(atSeconds / 60)}:${String(atSeconds % 60).padStart(2, '0')}`;
    console.log(`${time.padStart(6)} ${rssMib.toFixed(1).padStart(7)} MiB ${String(answered).padStart(9)}`);
  }
  for (const [what, count] of [...crew.counts].toSorted(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(8)}  ${what}`);
  for (const [surprise, count] of crew.surprises) console.log(`surprise, ${count} times: ${surprise}`);
}

const minutes = Number(values.minutes);
const berth = await startBerth({ env: INSPECTOR });
try {
  const { samples, crew, before, after } = await soak(berth, minutes);
  show(samples, crew);
  const growth = after.rssMib / before.rssMib;
  const inWords = ({ rssMib, own }: Resting): string =>
    `${rssMib.toFixed(1)} MiB (JavaScript's heap ${(own.heapUsed / 2 ** 20).toFixed(1)}, outside it ${(own.external / 2 ** 20).toFixed(1)})`;
  const faults = berth.server
    .output()
    .split('\n')
    .filter((line) => /"level":[56]0|unhandled/i.test(line));
  for (const fault of faults.slice(0, 10)) console.log(`the server says: ${fault.slice(0, 400)}`);
  const ended = await berth.stop();
  const passed =
    growth <= MOST_GROWTH && crew.surprises.size === 0 && faults.length === 0 && ended.code === 0;
  console.log(
    `${crew.answered} requests in ${minutes} minutes; resting memory ${inWords(before)} at first, ` +
      `${inWords(after)} at the end: ${growth.toFixed(3)} times (at most ${MOST_GROWTH}). ${passed ? 'passed' : 'FAILED'}`,
  );
  const json = {
    minutes,
    passed,
    growth,
    before,
    after,
    samples,
    counts: Object.fromEntries(crew.counts),
  };
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(json, undefined, 2)}\n`);
  process.exitCode = passed ? 0 : 1;
} finally {
  await berth.dispose();
}
