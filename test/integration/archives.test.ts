import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { startDockerd, type Docker } from '#test/support/dockerd.ts';
import { makeBallastImage, type TestImage } from '#test/support/image.ts';
import { makeContainersStore, type ContainersStore } from '#test/support/podman.ts';
import { missingCommands, temporaryFolder } from '#test/support/process.ts';

const PASSWORD = 'Harbour-master-1';
const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
const OWN = '/api/berth/v1/projects/library';

const missing = missingCommands('skopeo', 'podman', 'docker', 'dockerd');

describe.skipIf(missing.length > 0)(
  `archives of other tools${missing.map((tool) => `, needs ${tool}`).join('')}`,
  () => {
    let berth: Berth;
    let image: TestImage & { readonly dispose: () => Promise<void> };
    let store: ContainersStore;
    let docker: Docker;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    /** The image's id: the digest of its config. */
    let id: string;

    beforeAll(async () => {
      folder = await temporaryFolder('berth-arc');
      [berth, image, store, docker] = await Promise.all([
        startBerth({ adminPassword: PASSWORD }),
        makeBallastImage(3_000_000),
        makeContainersStore(),
        startDockerd(),
      ]);
      await store.run('skopeo', 'copy', image.source, store.reference('localhost/team/app:1.0'));
      id = (await store.run('podman', 'image', 'inspect', '-f', '{{.Id}}', 'localhost/team/app:1.0')).trim();
    }, 180_000);
    afterAll(async () => {
      await Promise.allSettled([berth.dispose(), image.dispose(), store.dispose(), docker.dispose()]);
      await folder.dispose();
    });

    type Call = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };
    const call = async (path: string, init: Call): Promise<Response> => {
      const response = await fetch(`${berth.origin}${path}`, {
        ...init,
        headers: { authorization, ...init.headers },
      });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response;
    };

    /** Imports the file; resolves to the names it gave, and to the digest of the config that can be pulled then. */
    async function take(file: string, repository: string): Promise<{ names: unknown; config: string }> {
      const sent = await call(`${OWN}/imports?file_name=app.tar`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-tar' },
        body: await openAsBlob(file),
      });
      const found = (await sent.json()) as { id: string; images: { names: unknown }[] };
      const confirmed = await call(`${OWN}/imports/${found.id}/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ targets: [{ position: 0, repository, tags: ['1.0', 'latest'] }] }),
      });
      expect(await confirmed.json()).toMatchObject({ outcomes: [{ error: null }] });
      const manifest = await call(`/v2/library/${repository}/manifests/1.0`, { headers: { accept: '*/*' } });
      const { config } = (await manifest.json()) as { config: { digest: string } };
      return { names: found.images[0]?.names, config: config.digest };
    }

    it.each(['docker-archive', 'oci-archive'] as const)(
      'of skopeo (%s) are taken',
      async (form) => {
        const file = join(folder.path, `skopeo-${form}.tar`);
        const target =
          form === 'docker-archive' ? `${form}:${file}:docker.io/team/app:1.0` : `${form}:${file}:1.0`;
        await store.run('skopeo', 'copy', image.source, target);
        const { names, config } = await take(file, `skopeo-${form}`);
        expect(names).toMatchObject([
          { tag: '1.0', repository: form === 'docker-archive' ? 'team/app' : null },
        ]);
        expect(config).toBe(`sha256:${id}`);
      },
      120_000,
    );

    it.each(['docker-archive', 'oci-archive'] as const)(
      'of podman save (%s) are taken',
      async (form) => {
        const file = join(folder.path, `podman-${form}.tar`);
        await store.run('podman', 'save', '--format', form, '--output', file, 'localhost/team/app:1.0');
        const { names } = await take(file, `podman-${form}`);
        expect(names).toMatchObject([{ repository: 'team/app', tag: '1.0' }]);
        const pulled = await store.attempt(
          'podman',
          'pull',
          '--tls-verify=false',
          '--creds',
          `admin:${PASSWORD}`,
          `${berth.host}/library/podman-${form}:latest`,
        );
        expect(pulled.code, pulled.stderr).toBe(0);
        expect(pulled.stdout.trim()).toBe(id);
      },
      120_000,
    );

    it('of docker save are taken', async () => {
      const source = join(folder.path, 'for-docker.tar');
      await store.run('skopeo', 'copy', image.source, `docker-archive:${source}:team/app:1.0`);
      await docker.docker('load', '--input', source);
      const file = join(folder.path, 'docker-save.tar');
      await docker.docker('save', '--output', file, 'team/app:1.0');
      const { names, config } = await take(file, 'docker-save');
      expect(names).toMatchObject([{ repository: 'team/app', tag: '1.0' }]);
      expect(config).toBe(`sha256:${id}`);
    }, 120_000);

    it('are given to docker load, podman load and skopeo', async () => {
      const whole = `${berth.host}/library/exported`;
      await store.run('skopeo', 'copy', image.source, `oci-archive:${join(folder.path, 'in.tar')}:1.0`);
      await take(join(folder.path, 'in.tar'), 'exported');
      const file = join(folder.path, 'out.tar');
      const reply = await call(`${OWN}/repositories/exported/artifacts/1.0/archive`, {});
      expect(reply.headers.get('content-disposition')).toBe('attachment; filename="exported-1.0.tar"');
      await writeFile(file, Buffer.from(await reply.arrayBuffer()));
      await docker.docker('load', '--input', file);
      expect((await docker.docker('image', 'inspect', '-f', '{{.Id}}', `${whole}:1.0`)).trim()).toBe(
        `sha256:${id}`,
      );
      const other = await makeContainersStore();
      try {
        await other.run('podman', 'load', '--input', file);
        const ids = await other.run('podman', 'image', 'inspect', '-f', '{{.Id}}', `${whole}:1.0`);
        expect(ids.trim()).toBe(id);
      } finally {
        await other.dispose();
      }
      const copied = join(folder.path, 'copied.tar');
      await store.run('skopeo', 'copy', `oci-archive:${file}:1.0`, `oci-archive:${copied}:1.0`);
      const { config } = await take(copied, 'copied');
      expect(config).toBe(`sha256:${id}`);
    }, 180_000);
  },
);
