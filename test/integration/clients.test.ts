import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { asAdmin, createProject, createUser } from '#test/support/berth-setup.ts';
import { clientKinds, type Client, type ClientKind } from '#test/support/clients.ts';
import { makeDebianImage, makeMultiPlatformImage, readLayout, type TestImage } from '#test/support/image.ts';
import { missingCommands, type RunResult } from '#test/support/process.ts';
import { ask, readImage, type Registry } from '#test/support/registry-client.ts';

const imageTools = ['debootstrap', 'buildah'];

const said = (result: RunResult): string => `${result.stdout}${result.stderr}`;

function expectSuccess(result: RunResult): void {
  expect(result.code, said(result)).toBe(0);
}

describe.each(clientKinds)('$name against a running Berth', (kind: ClientKind) => {
  const missing = missingCommands(...kind.needs, ...imageTools);

  const title = missing.length > 0 ? `needs ${missing.join(', ')}` : 'with its own store';

  describe.skipIf(missing.length > 0)(title, () => {
    let berth: Berth;
    let image: TestImage;
    /** For what should be refused: nothing to wait for. */
    let small: TestImage;
    let developer: Registry;
    let guest: Registry;
    let mistyped: Registry;
    let client: Client;

    beforeAll(async () => {
      image = await makeDebianImage();
      small = await makeMultiPlatformImage();
      berth = await startBerth();
      await createProject(berth, 'harbour');
      developer = await createUser(berth, 'developer', { project: 'harbour', role: 'developer' });
      guest = await createUser(berth, 'guest', { project: 'harbour', role: 'guest' });
      // A name of its own: after a failure a name is locked for a moment.
      mistyped = { ...(await createUser(berth, 'mistyped')), password: 'wrong-Password-1' };
      client = await kind.open();
    });

    afterAll(async () => {
      await client?.dispose();
      await berth?.dispose();
    });

    const nameOf = (repository: string, tag = '1.0'): string => `${berth.host}/${repository}:${tag}`;
    const login = (who: Registry): Promise<RunResult> =>
      client.login(berth.host, who.user ?? '', who.password ?? '');

    it('is refused with a wrong password', async () => {
      const name = nameOf('harbour/refused');
      await client.load(small, name);
      const entered = await login(mistyped);
      const result = entered.code === 0 ? await client.push(name) : entered;
      expect(result.code).not.toBe(0);
      expect(said(result)).toMatch(/unauthorized|no basic auth|invalid username\/password|401/i);
    });

    it('is refused a push without the right to, and told so', async () => {
      const name = nameOf('harbour/refused');
      await login(guest);
      const result = await client.push(name);
      expect(result.code).not.toBe(0);
      expect(said(result)).toMatch(/denied|forbidden|403/i);
      await expect(readImage(asAdmin(berth), 'harbour/refused', '1.0')).rejects.toThrow('404');
    });

    it('is told the name of a project that does not exist', async () => {
      const name = nameOf('nowhere-at-all/app');
      await client.load(small, name);
      await login(asAdmin(berth));
      const result = await client.push(name);
      expect(result.code).not.toBe(0);
      const refusal = await ask(asAdmin(berth), '/v2/nowhere-at-all/app/blobs/uploads/', { method: 'POST' });
      expect(refusal.status).toBe(403);
      const sentence = await refusal.text();
      expect(sentence).toMatch(/project.{0,3}nowhere-at-all/i);
      if (kind.showsRefusals) {
        const { errors } = JSON.parse(sentence) as { errors: { message: string }[] };
        // skopeo logs it quoted.
        expect(said(result).replaceAll('\\"', '"')).toContain(errors[0]?.message);
      }
    });

    it('pushes a real image, and the server has it byte for byte', async () => {
      const name = nameOf('harbour/debian');
      await client.load(image, name);
      expectSuccess(await login(developer));
      expectSuccess(await client.push(name));
      const stored = await readImage(developer, 'harbour/debian', '1.0');
      expect(stored.parts.length).toBeGreaterThan(3);
      if (kind.keepsBytes) expect(stored.parts).toEqual(await readLayout(image.layout));
    });

    it('pushes it again without a change', async () => {
      const before = await readImage(developer, 'harbour/debian', '1.0');
      expectSuccess(await client.push(nameOf('harbour/debian')));
      expect(await readImage(developer, 'harbour/debian', '1.0')).toEqual(before);
    });

    it('pulls into a second, empty store the image that it pushed', async () => {
      const name = nameOf('harbour/debian');
      const second = await kind.open();
      try {
        const refused = await second.pull(name);
        expect(refused.code, 'a private project was pulled without a login').not.toBe(0);
        expectSuccess(await second.login(berth.host, guest.user ?? '', guest.password ?? ''));
        expectSuccess(await second.pull(name));
        expect(await second.identify(name)).toBe(await client.identify(name));
      } finally {
        await second.dispose();
      }
    });

    it('pulls from a public project without a login', async () => {
      const name = nameOf('library/tiny', 'stable');
      await client.load(small, name);
      await login(asAdmin(berth));
      expectSuccess(await client.push(name));
      const anonymous = await kind.open();
      try {
        expectSuccess(await anonymous.pull(name));
        expect(await anonymous.identify(name)).toBe(await client.identify(name));
      } finally {
        await anonymous.dispose();
      }
    });

    // A client that packs anew or knows only its own platform has no such case: absent, not skipped.
    if (!kind.keepsBytes) return;
    it('carries an index of three platforms there and back', async () => {
      const name = nameOf('harbour/tiny', 'multi');
      await client.load(small, name);
      await login(developer);
      expectSuccess(await client.push(name));
      const stored = await readImage(developer, 'harbour/tiny', 'multi');
      expect(stored.parts).toEqual(await readLayout(small.layout));
      expect(stored).toMatchObject({
        digest: small.digest,
        mediaType: 'application/vnd.oci.image.index.v1+json',
      });
      const second = await kind.open();
      try {
        await second.login(berth.host, developer.user ?? '', developer.password ?? '');
        expectSuccess(await second.pull(name));
        expect(await second.identify(name)).toBe(await client.identify(name));
      } finally {
        await second.dispose();
      }
    });
  });
});
