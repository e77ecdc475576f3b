import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerEntries, Layout } from '#test/support/image-archive.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';
import { makeTar } from '#test/support/tar.ts';
import { addProject, OWN } from './people.ts';

let server: TestServer;

beforeAll(async () => {
  server = await makeServer();
  await addProject(server, 'web');
});
afterAll(() => server.close());

interface Import {
  readonly id: string;
  readonly images: readonly {
    readonly digest: string;
    readonly type: string;
    readonly size: number;
    readonly missing: number;
    readonly platforms: readonly { readonly architecture: string }[];
    readonly names: readonly { given: string; repository: string | null; tag: string | null }[];
  }[];
}

const send = (
  archive: Buffer,
  options: { project?: string; as?: 'admin' | Credentials; type?: string } = {},
) =>
  server.inject({
    method: 'POST',
    url: `${OWN}/projects/${options.project ?? 'web'}/imports?file_name=images.tar`,
    as: options.as ?? 'admin',
    headers: { 'content-type': options.type ?? 'application/octet-stream' },
    payload: archive,
  });

async function receive(archive: Buffer, project = 'web'): Promise<Import> {
  const reply = await send(archive, { project });
  expect(reply.statusCode, reply.body).toBe(201);
  return reply.json<Import>();
}

const confirm = (
  id: string,
  targets: readonly { position: number; repository: string; tags: readonly string[] }[],
  project = 'web',
) =>
  server.inject({
    method: 'POST',
    url: `${OWN}/projects/${project}/imports/${id}/images`,
    as: 'admin',
    payload: { targets },
  });

const manifest = (reference: string) =>
  server.inject({ method: 'GET', url: `/v2/web/${reference}`, as: 'admin' });

/** Unfinished uploads, of which an archive that is gone leaves none. */
async function openUploads(): Promise<number> {
  const rows = await server.context.db.read.selectFrom('upload').select('id').execute();
  const stored = await server.context.storage.listUploads();
  expect(stored.length).toBe(rows.length);
  return rows.length;
}

describe('an archive of images', () => {
  it('of docker save is taken with its names, and its images can be pulled', async () => {
    const archive = makeTar(dockerEntries({ names: ['registry.example:5000/team/app:1.0', 'app:2'] }));
    const { id, images } = await receive(archive);
    expect(images).toMatchObject([
      {
        type: 'IMAGE',
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        names: [
          { given: 'registry.example:5000/team/app:1.0', repository: 'team/app', tag: '1.0' },
          { given: 'app:2', repository: 'app', tag: '2' },
        ],
      },
    ]);
    const reply = await confirm(id, [{ position: 0, repository: 'team/app', tags: ['1.0', 'stable'] }]);
    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.json()).toMatchObject({ outcomes: [{ digest: images[0]?.digest, error: null }] });
    const pulled = await manifest('team/app/manifests/stable');
    expect(pulled.statusCode).toBe(200);
    expect(pulled.headers['docker-content-digest']).toBe(images[0]?.digest);
    const { layers } = pulled.json<{ layers: { digest: string; size: number }[] }>();
    const layer = await manifest(`team/app/blobs/${layers[0]?.digest}`);
    expect(layer.rawPayload.length).toBe(layers[0]?.size);
    expect(await openUploads()).toBe(0);
  });

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
  ])('in the OCI layout is taken, packed with %s', async (_form, pack) => {
    const layout = new Layout();
    const platforms = ['amd64', 'arm64'].map((architecture) => ({
      ...layout.image({ architecture }),
      platform: { os: 'linux', architecture },
    }));
    const index = layout.indexOf(platforms);
    layout
      .list(index, 'registry.example/web/multi:1', 'io.containerd.image.name')
      .list(layout.image(), 'tagged');
    const { id, images } = await receive(pack(layout.toTar()));
    expect(images).toMatchObject([
      {
        digest: index.digest,
        platforms: [{ architecture: 'amd64' }, { architecture: 'arm64' }],
        missing: 0,
        names: [{ repository: 'multi', tag: '1' }],
      },
      { names: [{ given: ':tagged', repository: null, tag: 'tagged' }] },
    ]);
    const reply = await confirm(id, [
      { position: 0, repository: 'multi', tags: ['1'] },
      { position: 1, repository: 'other/one', tags: [] },
    ]);
    expect(reply.json()).toMatchObject({ outcomes: [{ error: null }, { error: null }] });
    const pulled = await manifest('multi/manifests/1');
    expect(pulled.headers['docker-content-digest']).toBe(index.digest);
    expect((await manifest(`multi/manifests/${platforms[1]?.digest}`)).statusCode).toBe(200);
    expect((await manifest(`other/one/manifests/${images[1]?.digest}`)).statusCode).toBe(200);
    expect(await openUploads()).toBe(0);
  });

  it('comes back as it went out', async () => {
    const first = await receive(makeTar(dockerEntries({ names: ['round:1'] })));
    await confirm(first.id, [{ position: 0, repository: 'round', tags: ['1', 'latest'] }]);
    const url = `${OWN}/projects/web/repositories/round/artifacts`;
    const reply = await server.inject({
      method: 'GET',
      url: `${url}/${first.images[0]?.digest}/archive`,
      as: 'admin',
    });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(Number(reply.headers['content-length'])).toBe(reply.rawPayload.length);
    expect(reply.headers['content-disposition']).toMatch(
      /^attachment; filename="round-sha256-[0-9a-f]{12}\.tar"$/,
    );
    const second = await receive(reply.rawPayload);
    expect(second.images).toMatchObject([
      {
        digest: first.images[0]?.digest,
        names: [
          { repository: 'round', tag: '1' },
          { repository: 'round', tag: 'latest' },
        ],
      },
    ]);
    const head = await server.inject({ method: 'HEAD', url: `${url}/1/archive`, as: 'admin' });
    expect(head.headers['content-disposition']).toBe('attachment; filename="round-1.tar"');
    expect(Number(head.headers['content-length'])).toBeGreaterThan(2048);
  });
});
