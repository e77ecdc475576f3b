import { describe, expect, it } from 'vitest';
import { startBerth } from '#test/support/berth.ts';
import { asAdmin, createProject } from '#test/support/berth-setup.ts';
import { clientKinds } from '#test/support/clients.ts';
import { makeBallastImage, readLayout } from '#test/support/image.ts';
import { startLine } from '#test/support/line.ts';
import { readImage } from '#test/support/registry-client.ts';
import { ballastBytes, expectSuccess } from './clients-seat.ts';

describe.each(clientKinds.filter(({ resumes }) => resumes.includes('push')))('$name', (kind) => {
  const missing = kind.missing();
  describe.skipIf(missing.length > 0)(missing.length > 0 ? `needs ${missing.join(', ')}` : 'alone', () => {
    it('goes on with an upload after the server was killed in the middle of it and started again', async () => {
      const image = await makeBallastImage(ballastBytes);
      const first = await startBerth();
      const line = await startLine(Number(new URL(first.origin).port));
      const host = `127.0.0.1:${line.port}`;
      const client = await kind.open({ host });
      try {
        await createProject(first, 'harbour');
        const name = `${host}/harbour/app:1.0`;
        await client.load(image, name);
        expectSuccess(await client.login('admin', first.adminPassword));
        const before = line.carried();
        const broke = line.breakOnce('up', ballastBytes / 2 + (1 << 19));
        const pushing = client.push(name);
        await Promise.race([broke.moment, pushing]);
        expect(broke.happened()).toBe(true);
        // So that the client's patience is not what is tried here.
        const release = line.hold();
        await first.kill();
        const second = await startBerth({ data: first.data, listen: first.host });
        release();
        try {
          expectSuccess(await pushing);
          expect(line.carried().up - before.up).toBeLessThan(ballastBytes * 1.35);
          const stored = await readImage(asAdmin(second), 'harbour/app', '1.0');
          expect(stored.parts).toEqual(await readLayout(image.layout));
        } finally {
          await second.dispose();
        }
      } finally {
        await client.dispose();
        await line.dispose();
        await first.dispose();
        await image.dispose();
      }
    });
  });
});
