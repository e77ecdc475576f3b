import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runPowerLoss } from '#test/crash/power-loss.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin } from '#test/support/berth-setup.ts';
import { findCommand, temporaryFolder } from '#test/support/process.ts';
import { ask, digestOf, pushBlob, pushImage, readImage } from '#test/support/registry-client.ts';
import { attachStrace } from '#test/support/strace.ts';

const REPOSITORY = 'library/app';
const SYNC = 'fsync,fdatasync,syncfs,sync_file_range';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const octets = { 'content-type': 'application/octet-stream' };

let disposables: { dispose: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of disposables.toReversed()) await each.dispose();
  disposables = [];
});

async function serve(data: string): Promise<Berth> {
  const berth = await startBerth({ data });
  disposables.push(berth);
  return berth;
}

async function scratch(): Promise<string> {
  const folder = await temporaryFolder();
  disposables.push(folder);
  return folder.path;
}

/** Every one of these system calls fails with EIO while `act` runs; with a path only those that name that file. */
async function failing<T>(
  berth: Berth,
  { calls, path }: { calls: string; path?: string },
  act: () => Promise<T>,
): Promise<T> {
  const only = path === undefined ? [] : ['-P', path];
  const args = [
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:error=EIO`,
    ...only,
    '-o',
    join(await scratch(), 'calls'),
  ];
  const tracer = await attachStrace(berth.server.pid, args);
  try {
    return await act();
  } finally {
    await tracer.dispose();
  }
}

interface Begun {
  readonly location: string;
  /** The file that holds what was received. */
  readonly file: string;
}

/** An upload with its first bytes, and where they lie. */
async function beginUpload(berth: Berth, bytes: Buffer): Promise<Begun> {
  const before = new Set(await readdir(berth.data, { recursive: true }));
  const session = await ask(asAdmin(berth), `/v2/${REPOSITORY}/blobs/uploads/`, { method: 'POST' });
  const location = session.headers.get('location') ?? '';
  const patched = await ask(asAdmin(berth), location, {
    method: 'PATCH',
    body: new Uint8Array(bytes),
    headers: octets,
  });
  expect(patched.status).toBe(202);
  const fresh = (await readdir(berth.data, { recursive: true })).filter((name) => !before.has(name));
  const file = fresh.find((name) => location.includes(name.split('/').at(-1) ?? '-'));
  if (file === undefined) throw new Error(`no file of the upload is among ${fresh.join(', ')}`);
  return { location: patched.headers.get('location') ?? '', file: join(berth.data, file) };
}

async function finish(
  berth: Berth,
  location: string,
  digest: string,
  rest = Buffer.alloc(0),
): Promise<Response> {
  const path = `${location}?digest=${digest}`;
  return ask(asAdmin(berth), path, { method: 'PUT', body: new Uint8Array(rest), headers: octets });
}

async function readBlob(berth: Berth, digest: string): Promise<number | Buffer> {
  const reply = await ask(asAdmin(berth), `/v2/${REPOSITORY}/blobs/${digest}`);
  const bytes = Buffer.from(await reply.arrayBuffer());
  return reply.status === 200 ? bytes : reply.status;
}

/** The reply says that the server failed, in the protocol's form, and no more. */
async function expectFailure(reply: Response): Promise<void> {
  const text = await reply.text();
  expect([reply.status >= 500, text]).toEqual([true, expect.stringContaining('"errors"')]);
  expect(text).not.toMatch(/EIO|\/tmp\/|\.ts/);
}

describe.skipIf(findCommand('strace') === undefined)('a disk that fails', () => {
  it('acknowledges no change that the database could not sync, and none after that until it is restarted', async () => {
    const data = join(await scratch(), 'data');
    const first = await serve(data);
    const kept = await pushImage(asAdmin(first), REPOSITORY, 'v1', [Buffer.from('a layer')]);
    const manifest = await ask(asAdmin(first), `/v2/${REPOSITORY}/manifests/v1`);
    const body = await manifest.text();
    const tag = (berth: Berth, name: string): Promise<Response> =>
      ask(asAdmin(berth), `/v2/${REPOSITORY}/manifests/${name}`, {
        method: 'PUT',
        body,
        headers: { 'content-type': MANIFEST },
      });
    await failing(first, { calls: SYNC, path: join(data, 'berth.db-wal') }, async () => {
      await expectFailure(await tag(first, 'v2'));
      await expect(pushBlob(asAdmin(first), REPOSITORY, Buffer.from('another'))).rejects.toThrow(/: 5\d\d /);
      await expectFailure(await ask(asAdmin(first), `/v2/${REPOSITORY}/manifests/v1`, { method: 'DELETE' }));
    });
    // The disk is well again, but what was written meanwhile may have a gap.
    await expectFailure(await tag(first, 'v3'));
    expect((await readImage(asAdmin(first), REPOSITORY, kept)).digest).toBe(kept);
    await first.kill();

    const second = await serve(data);
    expect((await readImage(asAdmin(second), REPOSITORY, kept)).digest).toBe(kept);
    expect((await tag(second, 'v3')).status).toBe(201);
    expect((await readImage(asAdmin(second), REPOSITORY, 'v3')).digest).toBe(kept);
  });

  it('never acknowledges an upload whose bytes could not be synced, also when it is ended once more', async () => {
    const berth = await serve(join(await scratch(), 'data'));
    const bytes = Buffer.alloc(700_000, 'bytes that were lost');
    const digest = digestOf(bytes);
    const { location, file } = await beginUpload(berth, bytes);
    const failed = await failing(berth, { calls: SYNC, path: file }, () => finish(berth, location, digest));
    await expectFailure(failed);
    expect(await readBlob(berth, digest)).toBe(404);
    // The system has dropped the pages it could not write: to sync the file again would succeed, and prove nothing.
    expect((await finish(berth, location, digest)).status).toBeGreaterThanOrEqual(400);
    expect(await readBlob(berth, digest)).toBe(404);
    await pushBlob(asAdmin(berth), REPOSITORY, bytes);
    expect(await readBlob(berth, digest)).toEqual(bytes);
  });

  it('never acknowledges an upload that could not be moved to its place', async () => {
    const berth = await serve(join(await scratch(), 'data'));
    const bytes = Buffer.alloc(500_000, 'not moved');
    const calls = 'rename,renameat,renameat2,link,linkat';
    await failing(berth, { calls }, () =>
      expect(pushBlob(asAdmin(berth), REPOSITORY, bytes)).rejects.toThrow(/PUT upload: 5\d\d /),
    );
    expect(await readBlob(berth, digestOf(bytes))).toBe(404);
    await pushBlob(asAdmin(berth), REPOSITORY, bytes);
    expect(await readBlob(berth, digestOf(bytes))).toEqual(bytes);
  });

  it('never acknowledges an upload whose name could not be synced', async () => {
    const data = join(await scratch(), 'data');
    const first = await serve(data);
    const old = await pushBlob(asAdmin(first), REPOSITORY, Buffer.from('the first of its folder'));
    const inFolder = (await readdir(data, { recursive: true })).find((name) =>
      old.endsWith(name.split('/').at(-1) ?? '-'),
    );
    const folder = join(data, inFolder ?? '', '..');
    // Another blob for the same folder, which is there to be named.
    const bytes = Array.from({ length: 5_000 }, (_, number) => Buffer.from(`blob ${number}`)).find((each) =>
      digestOf(each).startsWith(old.slice(0, 'sha256:ab'.length)),
    );
    if (!bytes) throw new Error('no other blob has such a digest');
    await failing(first, { calls: SYNC, path: folder }, () =>
      expect(pushBlob(asAdmin(first), REPOSITORY, bytes)).rejects.toThrow(/PUT upload: 5\d\d /),
    );
    expect(await readBlob(first, digestOf(bytes))).toBe(404);
    await first.kill();
    const second = await serve(data);
    await pushBlob(asAdmin(second), REPOSITORY, bytes);
    expect(await readBlob(second, digestOf(bytes))).toEqual(bytes);
  });

  it('never acknowledges bytes that could not be written', async () => {
    const berth = await serve(join(await scratch(), 'data'));
    const bytes = Buffer.alloc(900_000, 'not written');
    const half = bytes.subarray(0, 400_000);
    const { location, file } = await beginUpload(berth, half);
    const calls = 'write,writev,pwrite64,pwritev,pwritev2';
    const failed = await failing(berth, { calls, path: file }, () =>
      finish(berth, location, digestOf(bytes), bytes.subarray(half.length)),
    );
    await expectFailure(failed);
    expect(await readBlob(berth, digestOf(bytes))).toBe(404);
    await pushBlob(asAdmin(berth), REPOSITORY, bytes);
    expect(await readBlob(berth, digestOf(bytes))).toEqual(bytes);
  });

  it('loses nothing acknowledged where calls fail now and then and the power goes after that', async () => {
    const report = await runPowerLoss({
      seed: 9,
      clients: 3,
      actions: 8,
      largest: 300_000,
      cuts: 12,
      // Counted in each of the threads that do such work.
      inject: ['rename:error=EIO:when=2+3', 'fdatasync:error=EIO:when=30+2'],
    });
    expect(report.faults).toEqual([]);
    expect(report.refused).toBeGreaterThan(0);
    expect(report.acknowledged).toBeGreaterThan(5);
  });
});
