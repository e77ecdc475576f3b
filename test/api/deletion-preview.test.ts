import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import {
  client,
  content,
  descriptor,
  image,
  index,
  LAYER,
  type OciClient,
  type TestImage,
} from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, addUser, API, OWN } from './people.ts';

let server: TestServer;
let oci: OciClient;

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  for (const name of ['web', 'other']) await addProject(server, name);
});
afterAll(() => server.close());

interface Preview {
  items: { name: string; stays?: string; artifacts: number; accessories?: number; tags: number }[];
  freed_bytes: number | null;
  shared_bytes: number | null;
}
type Caller = Parameters<TestServer['inject']>[0]['as'];

const ask = (payload: object, as: Caller = 'admin') =>
  server.inject({ method: 'POST', url: `${OWN}/projects/web/deletions/preview`, as, payload });

async function preview(payload: object): Promise<Preview> {
  const reply = await ask(payload);
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<Preview>();
}

/** What the registry holds, and the bytes of it that nothing refers to. */
async function measure(): Promise<{ artifacts: number; tags: number; loose: number }> {
  const { read } = server.context.db;
  const artifacts = await read.selectFrom('artifact').select(['id', 'manifest_bytes']).execute();
  const tags = await read.selectFrom('tag').select('id').execute();
  const used = await read.selectFrom('artifact_reference').select('digest').distinct().execute();
  const digests = new Set(used.map((row) => row.digest));
  const blobs = await read.selectFrom('blob').select(['digest', 'size_bytes']).execute();
  const sum = (numbers: number[]): number => numbers.reduce((all, each) => all + Number(each), 0);
  const loose = sum(blobs.filter((blob) => !digests.has(blob.digest)).map((blob) => blob.size_bytes));
  // What manifests take is free as soon as they are gone.
  return {
    artifacts: artifacts.length,
    tags: tags.length,
    loose: loose - sum(artifacts.map((row) => row.manifest_bytes)),
  };
}

/** An image on top of another one's layer. */
function above(base: TestImage, seed: string, extra: object = {}): TestImage {
  const own = content(`more of ${seed}`);
  const layers = [...base.layers, own];
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(OCI_CONFIG, base.config),
      layers: layers.map((layer) => descriptor(LAYER, layer)),
      ...extra,
    }),
  );
  return { config: base.config, layers, manifest };
}

async function pushIndex(repository: string, tag: string, children: TestImage[]): Promise<string> {
  for (const child of children) await oci.pushImage(repository, child.manifest.digest, child);
  const pushed = index(children, { annotations: { tag } });
  expect((await oci.putManifest(repository, tag, pushed, OCI_INDEX)).statusCode).toBe(201);
  return pushed.digest;
}

async function sign(repository: string, subject: TestImage['manifest'], seed: string): Promise<string> {
  const signature = image(`signature ${seed}`, {
    artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json',
    subject: descriptor(OCI_MANIFEST, subject),
  });
  await oci.pushImage(repository, signature.manifest.digest, signature);
  return signature.manifest.digest;
}

/** Each makes its content in `web/{name}` and names what is to be deleted, in order. */
const scenes: Record<string, (repository: string) => Promise<string[]>> = {
  'an image whose layer another image uses': async (repository) => {
    const base = image(repository);
    await oci.pushImage(repository, 'base', base);
    await oci.pushImage('other/app', repository.slice(4), above(base, repository));
    return [base.manifest.digest];
  },
  'two images that share everything but one layer': async (repository) => {
    const base = image(repository);
    const more = above(base, repository);
    await oci.pushImage(repository, 'base', base);
    await oci.pushImage(repository, 'more', more);
    return [base.manifest.digest, more.manifest.digest];
  },
  'an index with its platforms and a signature on one of them': async (repository) => {
    const children = [image(`${repository} 1`), image(`${repository} 2`)];
    const digest = await pushIndex(repository, 'v1', children);
    await sign(repository, children[0]!.manifest, repository);
    return [digest];
  },
  'two indexes with a platform in common': async (repository) => {
    const [a, b, c] = ['a', 'b', 'c'].map((name) => image(`${repository} ${name}`)) as [
      TestImage,
      TestImage,
      TestImage,
    ];
    return [await pushIndex(repository, 'v1', [a, b]), await pushIndex(repository, 'v2', [b, c])];
  },
  'one of two indexes with a platform in common': async (repository) => {
    const [a, b] = [image(`${repository} a`), image(`${repository} b`)];
    const first = await pushIndex(repository, 'v1', [a, b]);
    await pushIndex(repository, 'v2', [b]);
    return [first];
  },
  'a signature, then what it signs': async (repository) => {
    const signed = image(repository);
    await oci.pushImage(repository, 'v1', signed);
    return [await sign(repository, signed.manifest, repository), signed.manifest.digest];
  },
};

describe('POST /api/berth/v1/projects/{project}/deletions/preview', () => {
  it.each(Object.entries(scenes))('tells just what deleting then does: %s', async (title, make) => {
    const name = title.replaceAll(/[^a-z]+/g, '-');
    const digests = await make(`web/${name}`);
    const told = await preview({ repository: name, digests });
    expect(told.items.map((item) => item.name)).toEqual(digests);
    expect(told.items.flatMap((item) => item.stays ?? [])).toEqual([]);
    const before = await measure();
    for (const digest of digests) {
      const url = `${API}/projects/web/repositories/${name}/artifacts/${digest}`;
      expect((await server.inject({ method: 'DELETE', url, as: 'admin' })).statusCode).toBe(200);
    }
    const after = await measure();
    const sum = (of: 'artifacts' | 'tags'): number => told.items.reduce((all, item) => all + item[of], 0);
    expect(sum('artifacts')).toBe(before.artifacts - after.artifacts);
    expect(sum('tags')).toBe(before.tags - after.tags);
    expect(told.freed_bytes).toBe(after.loose - before.loose);
  });

  it('tells the same of whole repositories', async () => {
    const base = image('whole');
    await oci.pushImage('web/whole', 'v1', base);
    await oci.pushImage('web/whole', 'v2', above(base, 'whole'));
    await oci.pushImage('other/whole', 'v1', base);
    await pushIndex('web/fleet', 'v1', [image('fleet 1'), image('fleet 2')]);
    const told = await preview({ repositories: ['whole', 'fleet'] });
    expect(told.items).toEqual([
      { name: 'whole', artifacts: 2, tags: 2 },
      { name: 'fleet', artifacts: 3, tags: 1 },
    ]);
    const before = await measure();
    for (const name of ['whole', 'fleet'])
      await server.inject({ method: 'DELETE', url: `${API}/projects/web/repositories/${name}`, as: 'admin' });
    const after = await measure();
    expect(before.artifacts - after.artifacts).toBe(5);
    expect(told.freed_bytes).toBe(after.loose - before.loose);
    expect(told.shared_bytes).toBe(
      base.config.bytes.byteLength + (base.layers[0]?.bytes.byteLength ?? Number.NaN),
    );
  });

  it('says why something stays, and of the rest what goes', async () => {
    const children = [image('kept 1'), image('kept 2')];
    const digest = await pushIndex('web/kept', 'v1', children);
    const child = children[0]!.manifest.digest;
    const nothing = content('nothing').digest;
    const told = await preview({ repository: 'kept', digests: [child, nothing] });
    expect(told).toMatchObject({
      items: [
        { name: child, stays: `part of the index ${digest}`, artifacts: 0 },
        { name: nothing, stays: expect.stringContaining('not found') as string },
      ],
      freed_bytes: 0,
      shared_bytes: 0,
    });
    // After its index nothing keeps it, and it goes with that already.
    const both = await preview({ repository: 'kept', digests: [digest, child] });
    expect(both.items.map(({ stays, artifacts }) => ({ stays, artifacts }))).toEqual([
      { stays: undefined, artifacts: 3 },
      { stays: undefined, artifacts: 0 },
    ]);
    const missing = await preview({ repositories: ['kept', 'no-such'] });
    expect(missing.items[1]?.stays).toContain('web/no-such');
  });

  it('tells nothing of blobs that the repository does not have', async () => {
    const payload = { project_name: 'sparse', metadata: { allow_sparse: 'true' } };
    await server.inject({ method: 'POST', url: `${API}/projects`, as: 'admin', payload });
    const foreign = image('foreign');
    await oci.pushImage('other/foreign', 'v1', foreign);
    expect((await oci.putManifest('sparse/app', 'v1', foreign.manifest)).statusCode).toBe(201);
    for (const asked of [
      { repositories: ['app'] },
      { repository: 'app', digests: [foreign.manifest.digest] },
    ]) {
      const url = `${OWN}/projects/sparse/deletions/preview`;
      const reply = await server.inject({ method: 'POST', url, as: 'admin', payload: asked });
      expect(reply.json()).toMatchObject({
        freed_bytes: foreign.manifest.bytes.byteLength,
        shared_bytes: 0,
      });
    }
  });

  it('changes nothing, and is for those who may delete', async () => {
    await oci.pushImage('web/quiet', 'v1', image('quiet'));
    const before = await measure();
    await preview({ repositories: ['quiet'] });
    expect(await measure()).toEqual(before);
    const ann = await addUser(server, 'ann');
    expect((await ask({ repositories: ['quiet'] }, ann)).statusCode).toBe(403);
    expect((await ask({ repositories: [] })).statusCode).toBe(422);
    expect((await ask({ digests: ['x'] })).statusCode).toBe(422);
    expect((await ask({ repository: 'no-such', digests: ['x'] })).statusCode).toBe(404);
  });
});
