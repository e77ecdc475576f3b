import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '#test/support/berth-setup.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { eventually, run } from '#test/support/process.ts';
import { ask, pushBlob, pushImage, readImage, type Registry } from '#test/support/registry-client.ts';

/** A file system of its own needs the right to mount one. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const MEBIBYTE = 1024 * 1024;

async function makeVolume(mebibytes: number): Promise<{ path: string; dispose: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'berth-full-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path]);
  return {
    path,
    dispose: async () => {
      await run('umount', [path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function startUpload(as: Registry): Promise<string> {
  const reply = await ask(as, '/v2/library/app/blobs/uploads/', { method: 'POST' });
  expect(reply.status).toBe(202);
  return reply.headers.get('location') ?? '';
}

async function expectRefused(reply: Response, sentence: string): Promise<void> {
  expect(reply.status).toBe(403);
  expect(await reply.json()).toMatchObject({
    errors: [{ code: 'DENIED', message: expect.stringContaining(sentence) }],
  });
}

describe.skipIf(!mayMount)('a disk that fills up', () => {
  let volume: Awaited<ReturnType<typeof makeVolume>>;
  let berth: Berth;
  let admin: Registry;
  beforeAll(async () => {
    volume = await makeVolume(24);
    berth = await startBerth({ data: join(volume.path, 'data'), args: ['--min-free', '0'] });
    admin = asAdmin(berth);
  });
  afterAll(async () => {
    await berth.dispose();
    await volume.dispose();
  });

  it('refuses the push with a sentence, keeps none of it, and goes on with what fits', async () => {
    const before = randomBytes(MEBIBYTE);
    const digest = await pushBlob(admin, 'library/app', before);
    const session = await startUpload(admin);
    const refused = await ask(admin, session, {
      method: 'PATCH',
      body: new Uint8Array(randomBytes(40 * MEBIBYTE)),
    });
    await expectRefused(refused, 'disk is full');
    // The chunk is gone, so there is space for another, and the upload begins where it was.
    const status = await ask(admin, session);
    expect(status.headers.get('range')).toBe('0-0');
    await pushBlob(admin, 'library/app', randomBytes(MEBIBYTE));
    const reply = await ask(admin, `/v2/library/app/blobs/${digest}`);
    expect(Buffer.from(await reply.arrayBuffer()).equals(before)).toBe(true);
  });
});

describe.skipIf(!mayMount)('a disk with less free space than the floor', () => {
  let volume: Awaited<ReturnType<typeof makeVolume>>;
  let berth: Berth;
  let admin: Registry;
  let image: string;
  const filler = (): string => join(volume.path, 'somebody-elses');
  const free = async (): Promise<number> => {
    const { bsize, bavail } = await statfs(volume.path);
    return bavail * bsize;
  };
  /** Leaves so many bytes on the volume. */
  const leave = async (bytes: number): Promise<void> => {
    await rm(filler(), { force: true });
    await writeFile(filler(), Buffer.alloc((await free()) - bytes));
  };

  const isTakenAgain = (): Promise<void> =>
    eventually('pushes taken again', async () => {
      const reply = await ask(admin, '/v2/library/app/blobs/uploads/', { method: 'POST' });
      await reply.body?.cancel();
      return reply.status === 202;
    });

  beforeAll(async () => {
    volume = await makeVolume(64);
    berth = await startBerth({ data: join(volume.path, 'data'), args: ['--min-free', '16MiB'] });
    admin = asAdmin(berth);
    image = await pushImage(admin, 'library/app', 'old', [randomBytes(MEBIBYTE)]);
  });
  afterAll(async () => {
    await berth.dispose();
    await volume.dispose();
  });

  it('refuses every way to push, and takes pulls, logins and deletes, until there is space again', async () => {
    const session = await startUpload(admin);
    const blob = await pushBlob(admin, 'library/app', Buffer.from('to be deleted'));
    await leave(8 * MEBIBYTE);
    const tell = 'MiB are free and 16.0 MiB have to stay free';
    // What was read a moment before still counts for a second.
    await eventually('the first refusal', async () => {
      const reply = await ask(admin, '/v2/library/app/blobs/uploads/', { method: 'POST' });
      await reply.body?.cancel();
      return reply.status === 403;
    });
    await expectRefused(await ask(admin, '/v2/library/app/blobs/uploads/', { method: 'POST' }), tell);
    const whole = `/v2/library/app/blobs/uploads/?digest=sha256:${'a'.repeat(64)}`;
    await expectRefused(await ask(admin, whole, { method: 'POST', body: 'x' }), tell);
    const put = await ask(admin, '/v2/library/app/manifests/new', {
      method: 'PUT',
      body: await (await ask(admin, '/v2/library/app/manifests/old')).text(),
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    });
    await expectRefused(put, tell);
    await expectRefused(await ask(admin, session, { method: 'PATCH', body: 'some bytes' }), tell);

    expect((await readImage(admin, 'library/app', 'old')).digest).toBe(image);
    const mount = `/v2/library/other/blobs/uploads/?mount=${blob}&from=library/app`;
    expect((await ask(admin, mount, { method: 'POST' })).status).toBe(201);
    const token = await ask(admin, '/service/token?service=berth&scope=repository:library/app:pull');
    expect(token.status).toBe(200);
    const login = await ask({ origin: berth.origin }, '/c/login', {
      method: 'POST',
      body: new URLSearchParams({ principal: 'admin', password: berth.adminPassword }),
    });
    expect(login.status).toBe(200);
    expect((await ask(admin, `/v2/library/app/blobs/${blob}`, { method: 'DELETE' })).status).toBe(202);

    await rm(filler());
    await isTakenAgain();
    await pushImage(admin, 'library/app', 'new', [randomBytes(MEBIBYTE)]);
    expect(berth.server.output()).toContain('the disk has space again');
  });

  it('stops a push that is under way at the floor, and frees what came of it', async () => {
    const before = await free();
    const session = await startUpload(admin);
    const refused = await ask(admin, session, {
      method: 'PATCH',
      body: new Uint8Array(randomBytes(60 * MEBIBYTE)),
    });
    await expectRefused(refused, '16.0 MiB have to stay free');
    // The upload is gone with its bytes, so that the floor is free again for the next one.
    expect((await ask(admin, session)).status).toBe(404);
    expect(before - (await free())).toBeLessThan(4 * MEBIBYTE);
    await isTakenAgain();
    await pushBlob(admin, 'library/app', randomBytes(MEBIBYTE));
  });
});
