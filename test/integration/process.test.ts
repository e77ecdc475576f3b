import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attemptBerth, startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin } from '#test/support/berth-setup.ts';
import { temporaryFolder, type RunResult } from '#test/support/process.ts';
import { ask, pushImage, readImage } from '#test/support/registry-client.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: Berth[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await Promise.all(running.map((berth) => berth.dispose()));
  running = [];
  await folder.dispose();
});

async function serve(options: Parameters<typeof startBerth>[0] = {}): Promise<Berth> {
  const berth = await startBerth(options);
  running.push(berth);
  return berth;
}

/** Every file below a folder with a hash of its bytes: equal when nothing was touched. */
async function snapshot(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile()) return file;
    return `${file} ${createHash('sha256')
      .update(await readFile(file))
      .digest('hex')}`;
  });
  return (await Promise.all(lines)).toSorted();
}

function expectOneSentence(result: RunResult, pattern: RegExp): void {
  const lines = `${result.stdout}${result.stderr}`.trim().split('\n');
  expect(lines, 'more than one line was printed').toHaveLength(1);
  expect(lines[0]).toMatch(pattern);
  expect(result.code).toBeGreaterThan(0);
}

describe('berth serve', () => {
  it('says in exactly one line on stdout where it is ready', async () => {
    const berth = await serve();
    expect(berth.server.stdout()).toMatch(/^berth ready at http:\/\/127\.0\.0\.1:\d+\n$/);
    expect((await ask({ origin: berth.origin }, '/api/v2.0/ping')).status).toBe(200);
  });

  it('takes its settings from BERTH_ variables too', async () => {
    const data = join(folder.path, 'by-variable');
    const berth = await serve({ data, env: { BERTH_LOG_LEVEL: 'error' } });
    expect((await ask(asAdmin(berth), '/v2/')).status).toBe(200);
    expect(existsSync(data)).toBe(true);
  });

  it('stops on SIGTERM within 5 s, with clients connected and an upload under way', async () => {
    const berth = await serve();
    const { port } = new URL(berth.origin);
    const idle = connect(Number(port), '127.0.0.1');
    await once(idle, 'connect');
    idle.on('error', () => {});
    const events = await ask(asAdmin(berth), '/api/berth/v1/events');
    expect(events.status).toBe(200);
    const session = await ask(asAdmin(berth), '/v2/library/slow/blobs/uploads/', { method: 'POST' });
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1000)) });
    const upload = ask(asAdmin(berth), session.headers.get('location') ?? '', {
      method: 'PATCH',
      body: endless,
      duplex: 'half',
    } as RequestInit).catch(() => undefined);
    const { code, milliseconds } = await berth.stop();
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(5_000);
    await upload;
    await events.body?.cancel().catch(() => {});
    idle.destroy();
  });

  it('stops on SIGINT the same way', async () => {
    const berth = await serve();
    berth.server.kill('SIGINT');
    expect((await berth.server.exited).code).toBe(0);
  });
});

describe('a data folder', () => {
  it('is refused while another process has it, and free again after kill -9', async () => {
    const data = join(folder.path, 'data');
    const first = await serve({ data });
    const digest = await pushImage(asAdmin(first), 'library/kept', '1', [Buffer.from('a layer')]);
    const second = await attemptBerth(['--data', data, '--listen', '127.0.0.1:0']);
    expectOneSentence(second, /in use by another/);
    expect((await ask(asAdmin(first), '/v2/')).status).toBe(200);
    await first.kill();
    const third = await serve({ data });
    expect((await readImage(asAdmin(third), 'library/kept', '1')).digest).toBe(digest);
  });

  it('of a newer version is refused and left as it is', async () => {
    const data = join(folder.path, 'data');
    const first = await serve({ data });
    await first.stop();
    const database = new SQLite(join(data, 'berth.db'));
    database
      .prepare('insert into kysely_migration (name, timestamp) values (?, ?)')
      .run('9999-from-the-future', '2099-01-01T00:00:00.000Z');
    database.pragma('wal_checkpoint(truncate)');
    database.close();
    const before = await snapshot(data);
    const result = await attemptBerth(['--data', data, '--listen', '127.0.0.1:0']);
    expectOneSentence(result, /newer/);
    expect(await snapshot(data)).toEqual(before);
  });

  it('that cannot be written is refused', async () => {
    await writeFile(join(folder.path, 'file'), 'not a folder');
    const result = await attemptBerth([
      '--data',
      join(folder.path, 'file', 'data'),
      '--listen',
      '127.0.0.1:0',
    ]);
    expectOneSentence(result, /data folder/);
    expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('not a folder');
  });
});

describe('what cannot be served is refused in one sentence, and nothing is touched', () => {
  it('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const data = join(folder.path, 'data');
      const result = await attemptBerth(['--data', data, '--listen', `127.0.0.1:${port}`]);
      expectOneSentence(result, new RegExp(`${port}.*in use|in use.*${port}`));
      expect(existsSync(data)).toBe(false);
    } finally {
      server.close();
    }
  });

  it.each([
    ['an unknown flag', ['--frobnicate'], /frobnicate/],
    ['a flag without its value', ['--data'], /--data/],
    ['an address without a port', ['--listen', 'localhost'], /HOST:PORT/],
    ['a port that is none', ['--listen', '127.0.0.1:70000'], /HOST:PORT/],
    ['a log level that is none', ['--log-level', 'loud'], /log-level/],
    ['an external URL that is none', ['--external-url', 'registry'], /external-url/],
    ['a word too many', ['now'], /now/],
  ])('%s', async (_what, args, pattern) => {
    const data = join(folder.path, 'data');
    const given = args.includes('--data') ? args : ['--data', data, ...args];
    expectOneSentence(await attemptBerth(given), pattern);
    expect(existsSync(data)).toBe(false);
  });

  it('an address in a variable that is none', async () => {
    const result = await attemptBerth([], { BERTH_LISTEN: 'nonsense' });
    expectOneSentence(result, /HOST:PORT/);
  });
});
