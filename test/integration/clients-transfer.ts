import { expect, it } from 'vitest';
import { makeDebianImage, readLayout } from '#test/support/image.ts';
import { readImage } from '#test/support/registry-client.ts';
import { ballastBytes, expectSuccess, said, type Seat } from './clients-seat.ts';

const listTypes =
  /^application\/vnd\.(oci\.image\.index\.v1|docker\.distribution\.manifest\.list\.v2)\+json$/;

/** Push, re-push, mount, pull, an index, lists and delete. */
export function defineTransfer(seat: Seat): void {
  const { kind, ground, client, image, small, admin, repository, nameOf, login } = seat;
  const stored = (name: string, tag = '1.0') => readImage(ground().developer, repository(name), tag);

  it('pushes an image, and the server has all of it', async () => {
    const name = nameOf(repository('app'));
    await client().load(image(), name);
    expectSuccess(await login(ground().developer));
    expectSuccess(await client().push(name));
    const { parts } = await stored('app');
    expect(parts).toHaveLength(4);
    if (kind.keepsBytes) expect(parts).toEqual(await readLayout(image().layout));
  });

  it('pushes it again without a change, and without sending it', async () => {
    const before = await stored('app');
    const { result, carried } = await seat.measure(() => client().push(nameOf(repository('app'))));
    expectSuccess(result);
    expect(await stored('app')).toEqual(before);
    expect(carried.up).toBeLessThan(ballastBytes / 10);
  });

  it('puts it into a second repository by a mount, without sending it', async () => {
    const [from, to] = [nameOf(repository('app')), nameOf(repository('mounted'))];
    const { result, carried } = await seat.measure(() => client().copy(from, to));
    expectSuccess(result);
    expect(carried.up).toBeLessThan(ballastBytes / 10);
    expect(carried.down).toBeLessThan(ballastBytes / 10);
    expect(await stored('mounted')).toEqual(await stored('app'));
  });

  it('pulls into a second, empty store the image that it pushed', async () => {
    const name = nameOf(repository('app'));
    await seat.withSecondStore(async (second) => {
      const refused = await second.pull(name);
      expect(refused.code, 'a private project was pulled without a login').not.toBe(0);
      expectSuccess(await login(ground().guest, second));
      expectSuccess(await second.pull(name));
      expect(await second.identify(name)).toBe(await client().identify(name));
    });
  });

  it('pulls from a public project without a login', async () => {
    const name = nameOf(`library/${kind.name}`, 'stable');
    await client().load(small(), name);
    await login(admin());
    expectSuccess(await client().push(name));
    await seat.withSecondStore(async (anonymous) => {
      expectSuccess(await anonymous.pull(name));
      expect(await anonymous.identify(name)).toBe(await client().identify(name));
    });
  });

  it('carries an index of several platforms there, and back what it takes of one', async () => {
    const name = nameOf(repository('tiny'), 'multi');
    await login(ground().developer);
    expectSuccess(await client().pushIndex(small(), name));
    const there = await stored('tiny', 'multi');
    expect(there.mediaType).toMatch(listTypes);
    expect(there.parts.length).toBeGreaterThan(6);
    if (kind.keepsBytes) {
      expect(there.parts).toEqual(await readLayout(small().layout));
      expect(there.digest).toBe(small().digest);
    }
    await seat.withSecondStore(async (second) => {
      await login(ground().developer, second);
      expectSuccess(await second.pull(name));
      if (kind.keepsBytes) expect(await second.identify(name)).toBe(await client().identify(name));
    });
  });

  if (seat.transport === 'http' && kind.triesDebian)
    it('carries a real Debian there, byte for byte where it packs nothing anew, and back', async () => {
      const debian = await makeDebianImage();
      const name = nameOf(repository('debian'));
      await client().load(debian, name);
      expectSuccess(await client().push(name));
      const { parts } = await stored('debian');
      expect(parts.length).toBeGreaterThan(3);
      if (kind.keepsBytes) expect(parts).toEqual(await readLayout(debian.layout));
      await seat.withSecondStore(async (second) => {
        await login(ground().guest, second);
        expectSuccess(await second.pull(name));
        expect(await second.identify(name)).toBe(await client().identify(name));
      });
    });

  if (kind.cannot.tags === undefined)
    it('lists the tags of a repository', async () => {
      const result = await client().tags?.(nameOf(repository('tiny')).replace(/:1\.0$/, ''));
      expect(result && said(result)).toContain('multi');
      expect(result?.code).toBe(0);
    });

  if (kind.cannot.catalog === undefined)
    it('lists the repositories that it may pull, and no others', async () => {
      const result = await client().catalog?.();
      expect(result?.code, result && said(result)).toBe(0);
      expect(result?.stdout).toContain(repository('app'));
      expect(result?.stdout).toContain(repository('mounted'));
      expect(result?.stdout).not.toContain('refused');
    });

  if (kind.cannot.remove === undefined)
    it('deletes an image with the right to, and is refused without', async () => {
      const name = nameOf(repository('mounted'));
      const refused = await client().remove?.(name);
      expect(refused?.code).not.toBe(0);
      expect(refused && said(refused)).toMatch(/denied|forbidden|403/i);
      await stored('mounted');
      await login(admin());
      const removed = await client().remove?.(name);
      expect(removed?.code, removed && said(removed)).toBe(0);
      await expect(stored('mounted')).rejects.toThrow('404');
      // What it shared its blobs with is whole.
      expect((await stored('app')).parts).toHaveLength(4);
      await login(ground().developer);
    });
}
