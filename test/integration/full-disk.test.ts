import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '#test/support/berth-setup.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { run } from '#test/support/process.ts';
import { ask, pushBlob, type Registry } from '#test/support/registry-client.ts';

/** A file system of its own needs the right to mount one. */
const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
const MEBIBYTE = 1024 * 1024;

describe.skipIf(!mayMount)('a disk that fills up', () => {
  let folder: string;
  let berth: Berth;
  let admin: Registry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-full-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]);
    berth = await startBerth({ data: join(folder, 'data') });
    admin = asAdmin(berth);
  });
  afterAll(async () => {
    await berth.dispose();
    await run('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  });

  const startUpload = async (): Promise<string> => {
    const reply = await ask(admin, '/v2/library/app/blobs/uploads/', { method: 'POST' });
    return reply.headers.get('location') ?? '';
  };

  it('refuses the push with a sentence, keeps none of it, and goes on with what fits', async () => {
    const before = randomBytes(MEBIBYTE);
    const digest = await pushBlob(admin, 'library/app', before);
    const session = await startUpload();
    const refused = await ask(admin, session, {
      method: 'PATCH',
      body: new Uint8Array(randomBytes(40 * MEBIBYTE)),
    });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      errors: [{ code: 'DENIED', message: expect.stringContaining('disk is full') }],
    });
    // The chunk is gone, so there is space for another, and the upload begins where it was.
    const status = await ask(admin, session);
    expect(status.headers.get('range')).toBe('0-0');
    await pushBlob(admin, 'library/app', randomBytes(MEBIBYTE));
    const reply = await ask(admin, `/v2/library/app/blobs/${digest}`);
    expect(Buffer.from(await reply.arrayBuffer()).equals(before)).toBe(true);
  });
});
