import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin, createProject, createUser } from '#test/support/berth-setup.ts';
import { eventually, findCommand, temporaryFolder } from '#test/support/process.ts';
import { ask, digestOf, pushImage, readImage } from '#test/support/registry-client.ts';
import { attachStrace, parseTrace, type Call } from '#test/support/strace.ts';

let disposables: { dispose: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const each of disposables.toReversed()) await each.dispose();
  disposables = [];
});

async function scratch(): Promise<string> {
  const folder = await temporaryFolder();
  disposables.push(folder);
  return folder.path;
}

async function serve(data: string): Promise<Berth> {
  const berth = await startBerth({ data });
  disposables.push(berth);
  return berth;
}

describe('what was acknowledged survives kill -9', () => {
  it('images, tags, projects, users and members, in several rounds', async () => {
    const data = join(await scratch(), 'data');
    const pushed: { readonly tag: string; readonly digest: string }[] = [];
    for (let round = 0; round < 4; round += 1) {
      const berth = await serve(data);
      const admin = asAdmin(berth);
      for (const { tag, digest } of pushed) {
        expect((await readImage(admin, 'library/kept', tag)).digest).toBe(digest);
      }
      await createProject(berth, `project-${round}`);
      const member = await createUser(berth, `user-${round}`, {
        project: `project-${round}`,
        role: 'developer',
      });
      const layers = [Buffer.alloc(300_000, round + 1), Buffer.from(`round ${round}`)];
      const digest = await pushImage(admin, 'library/kept', `v${round}`, layers);
      pushed.push({ tag: `v${round}`, digest });
      const last = await pushImage(member, `project-${round}/app`, 'v1', [Buffer.from(`last of ${round}`)]);
      await berth.kill();

      const again = await serve(data);
      expect(
        (await readImage({ ...member, origin: again.origin }, `project-${round}/app`, 'v1')).digest,
      ).toBe(last);
      const tags = await ask(asAdmin(again), '/v2/library/kept/tags/list');
      expect(await tags.json()).toEqual({ name: 'library/kept', tags: pushed.map(({ tag }) => tag) });
      await again.kill();
    }
  });

  it('the bytes of an unfinished upload, which goes on where it was', async () => {
    const data = join(await scratch(), 'data');
    const blob = Buffer.concat([Buffer.alloc(1_000_000, 'a'), Buffer.alloc(500_000, 'b')]);
    const first = await serve(data);
    const session = await ask(asAdmin(first), '/v2/library/slow/blobs/uploads/', { method: 'POST' });
    const begun = await ask(asAdmin(first), session.headers.get('location') ?? '', {
      method: 'PATCH',
      body: new Uint8Array(blob.subarray(0, 1_000_000)),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(begun.status).toBe(202);
    const location = new URL(begun.headers.get('location') ?? '', first.origin).pathname;
    await first.kill();

    const second = await serve(data);
    const admin = asAdmin(second);
    const status = await ask(admin, location);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-999999']);
    const rest = await ask(admin, `${location}?digest=${digestOf(blob)}`, {
      method: 'PUT',
      body: new Uint8Array(blob.subarray(1_000_000)),
      headers: { 'content-type': 'application/octet-stream', 'content-range': '1000000-1499999' },
    });
    expect(rest.status).toBe(201);
    const stored = await ask(admin, `/v2/library/slow/blobs/${digestOf(blob)}`);
    expect(digestOf(Buffer.from(await stored.arrayBuffer()))).toBe(digestOf(blob));
  });
});

describe.skipIf(findCommand('strace') === undefined)('the order of system calls under strace', () => {
  /** Runs `act` while the server's system calls are recorded, and gives them back in their order. */
  async function record(berth: Berth, act: () => Promise<unknown>): Promise<readonly Call[]> {
    const file = join(await scratch(), 'trace');
    const calls = 'write,pwrite64,writev,pwritev,fdatasync,fsync,rename,renameat,renameat2,link,linkat';
    const args = ['-y', '-s', '120', '-e', `trace=${calls}`, '-o', file];
    const tracer = await attachStrace(berth.server.pid, args);
    await act();
    const done = async (): Promise<boolean> => /HTTP\/1\.1 201/.test(await readFile(file, 'utf8'));
    await eventually('the reply in the trace', done);
    await tracer.dispose();
    return parseTrace(await readFile(file, 'utf8'));
  }

  const findLast = (calls: readonly Call[], before: number, fits: (call: Call) => boolean): number =>
    calls.findLastIndex((call, index) => index < before && fits(call));
  const isWrite = (call: Call): boolean => /^p?writev?(64)?$/.test(call.name);
  const isReply201 = (call: Call): boolean => isWrite(call) && call.text.includes('HTTP/1.1 201');

  it('a manifest: the row is written to the log, the log is synced, then 201 is said', async () => {
    const berth = await serve(join(await scratch(), 'data'));
    await pushImage(asAdmin(berth), 'library/app', 'v1', [Buffer.from('a layer')]);
    const manifest = await ask(asAdmin(berth), '/v2/library/app/manifests/v1', {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    const body = await manifest.text();
    const calls = await record(berth, () =>
      ask(asAdmin(berth), '/v2/library/app/manifests/v2', {
        method: 'PUT',
        body,
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      }),
    );
    const reply = calls.findIndex(isReply201);
    const row = findLast(calls, reply, (call) => isWrite(call) && call.path.endsWith('-wal'));
    expect(row, 'nothing was written to the log before the reply').toBeGreaterThanOrEqual(0);
    const sync = calls.findIndex(
      (call, index) => index > row && /^f(data)?sync$/.test(call.name) && call.path.endsWith('-wal'),
    );
    expect(sync, 'the log was not synced after the row').toBeGreaterThan(row);
    expect(sync, 'the reply came before the log was synced').toBeLessThan(reply);
  });

  it('a blob: the file is synced, moved, its folder synced, then the row and 201', async () => {
    const berth = await serve(join(await scratch(), 'data'));
    const bytes = Buffer.alloc(2_000_000, 'x');
    const session = await ask(asAdmin(berth), '/v2/library/app/blobs/uploads/', { method: 'POST' });
    const location = session.headers.get('location') ?? '';
    const calls = await record(berth, () =>
      ask(asAdmin(berth), `${location}?digest=${digestOf(bytes)}`, {
        method: 'PUT',
        body: new Uint8Array(bytes),
        headers: { 'content-type': 'application/octet-stream' },
      }),
    );
    const hex = digestOf(bytes).slice('sha256:'.length);
    const reply = calls.findIndex(isReply201);
    const moved = findLast(
      calls,
      reply,
      (call) => /^(rename|link)/.test(call.name) && call.text.includes(hex),
    );
    expect(moved, 'the blob was not moved to its place before the reply').toBeGreaterThanOrEqual(0);
    const [from = '', to = ''] = [...(calls[moved]?.text ?? '').matchAll(/"([^"]+)"/g)].map(
      (match) => match[1],
    );
    const isSyncOf = (path: string, call: Call): boolean =>
      /^f(data)?sync$/.test(call.name) && call.path === path;
    const synced = findLast(calls, moved, (call) => isSyncOf(from, call));
    expect(synced, 'the file was not synced before it was moved').toBeGreaterThanOrEqual(0);
    const written = findLast(calls, moved, (call) => isWrite(call) && call.path === from);
    expect(written, 'the file was written to after it was synced').toBeLessThan(synced);
    const folder = calls.findIndex((call, index) => index > moved && isSyncOf(dirname(to), call));
    expect(folder, 'the folder was not synced after the move').toBeGreaterThan(moved);
    const row = findLast(calls, reply, (call) => isWrite(call) && call.path.endsWith('-wal'));
    expect(row, 'the row was written before the blob was safe').toBeGreaterThan(folder);
  });
});

describe('the order of calls in a trace', () => {
  it('is that of their ends, but for a reply that was begun', () => {
    const text = [
      '7 pwrite64(21</d/berth.db-wal>, "\\0\\1"..., 4096, 0) = 4096',
      '9 fdatasync(22</d/berth.db-wal> <unfinished ...>',
      '7 write(30<socket:[5]>, "HTTP/1.1 202 Accepted"..., 90) = 90',
      '9 <... fdatasync resumed>)         = 0',
      '7 rename("/d/a", "/d/b") = 0',
    ].join('\n');
    expect(parseTrace(text).map(({ name, path }) => `${name} ${path}`)).toEqual([
      'pwrite64 /d/berth.db-wal',
      'write socket:[5]',
      'fdatasync /d/berth.db-wal',
      'rename ',
    ]);
  });
});
