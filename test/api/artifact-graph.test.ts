import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import {
  client,
  content,
  cosignSignature,
  cosignTag,
  descriptor,
  image,
  LAYER,
  type OciClient,
} from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, OWN, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let guest: Person;
let stranger: Person;

const amd = image('amd');
const arm = image('arm');
const absent = image('absent');
const layered = (name: string, digest: string, predicate: string) =>
  image(name, {
    layers: [
      descriptor('application/vnd.in-toto+json', image(name).layers[0] ?? content(''), {
        annotations: { 'in-toto.io/predicate-type': predicate },
      }),
    ],
    annotations: { about: digest },
  });
const attestation = layered('attestation', amd.manifest.digest, 'https://slsa.dev/provenance/v1');
const multi = content(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      descriptor(OCI_MANIFEST, amd.manifest, { platform: { architecture: 'amd64', os: 'linux' } }),
      descriptor(OCI_MANIFEST, arm.manifest, { platform: { architecture: 'arm64', os: 'linux' } }),
      descriptor(OCI_MANIFEST, attestation.manifest, {
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': amd.manifest.digest,
        },
      }),
    ],
  }),
);
const refersTo = (name: string, subject: { bytes: Buffer; digest: string }, type = OCI_MANIFEST) =>
  image(name, {
    artifactType: `application/vnd.${name}`,
    subject: { mediaType: type, digest: subject.digest, size: subject.bytes.byteLength },
  });
const sbom = refersTo('sbom', multi, OCI_INDEX);
const signedSbom = refersTo('signature', sbom.manifest);
const ofPlatform = refersTo('platform-note', arm.manifest);
const byTag = cosignSignature('signature by its tag');

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
  for (const child of [amd, arm, attestation]) await oci.pushImage('web/multi', child.manifest.digest, child);
  await oci.putManifest('web/multi', 'v1', multi, OCI_INDEX);
  for (const each of [sbom, signedSbom, ofPlatform])
    await oci.pushImage('web/multi', each.manifest.digest, each);
  await oci.pushImage('web/multi', cosignTag(multi.digest), byTag);
});
afterAll(() => server.close());

const at = (reference: string, what: string, repository = 'multi'): string =>
  `${OWN}/projects/web/repositories/${repository}/artifacts/${reference}/${what}`;
const get = (url: string, as: 'admin' | Person = guest) => server.inject({ url, as });

interface Graph {
  digest: string;
  pull_count: number;
  truncated: boolean;
  nodes: { digest: string; stored: boolean; predicate_types: string[]; platform?: object }[];
  edges: { from: string; to: string; kind: string }[];
}
const graphOf = async (reference: string): Promise<Graph> => (await get(at(reference, 'graph'))).json();

describe('the graph of an artifact', () => {
  it('has its platforms, what refers to it and to them, and what refers to that', async () => {
    const graph = await graphOf('v1');
    expect(graph).toMatchObject({ digest: multi.digest, truncated: false });
    const pairs = graph.edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);
    expect(pairs.toSorted()).toEqual(
      [
        `${multi.digest} lists ${amd.manifest.digest}`,
        `${multi.digest} lists ${arm.manifest.digest}`,
        `${attestation.manifest.digest} refers ${amd.manifest.digest}`,
        `${sbom.manifest.digest} refers ${multi.digest}`,
        `${byTag.manifest.digest} refers ${multi.digest}`,
        `${signedSbom.manifest.digest} refers ${sbom.manifest.digest}`,
        `${ofPlatform.manifest.digest} refers ${arm.manifest.digest}`,
      ].toSorted(),
    );
    expect(graph.nodes).toHaveLength(8);
    expect(graph.nodes.find((node) => node.digest === attestation.manifest.digest)).toMatchObject({
      predicate_types: ['https://slsa.dev/provenance/v1'],
      stored: true,
    });
  });

  it('of a platform has the index that lists it, of a signature what it signs', async () => {
    const platform = await graphOf(amd.manifest.digest);
    expect(platform.edges).toContainEqual({ from: multi.digest, to: amd.manifest.digest, kind: 'lists' });
    const signature = await graphOf(signedSbom.manifest.digest);
    expect(signature.edges).toContainEqual({
      from: signedSbom.manifest.digest,
      to: sbom.manifest.digest,
      kind: 'refers',
    });
  });

  it('names a subject that was never pushed, and says that it is not here', async () => {
    const early = refersTo('early', absent.manifest);
    await oci.pushImage('web/early', 'v1', early);
    const graph = (await get(at('v1', 'graph', 'early'))).json<Graph>();
    expect(graph.nodes).toContainEqual(
      expect.objectContaining({ digest: absent.manifest.digest, stored: false }),
    );
  });

  it('is bounded, and says so', async () => {
    const root = image('much');
    await oci.pushImage('web/much', 'v1', root);
    const blobs = image('one of many');
    for (const blob of [blobs.config, ...blobs.layers]) await oci.pushBlob('web/much', blob);
    for (let i = 0; i < 205; i++) {
      const { manifest } = image('one of many', {
        subject: descriptor(OCI_MANIFEST, root.manifest),
        annotations: { number: String(i) },
      });
      await oci.putManifest('web/much', manifest.digest, manifest);
    }
    const graph = (await get(at('v1', 'graph', 'much'))).json<Graph>();
    expect(graph.nodes).toHaveLength(200);
    expect(graph.truncated).toBe(true);
  });

  it('counts the pulls', async () => {
    await oci.get('/v2/web/early/manifests/v1');
    await server.idle();
    expect((await get(at('v1', 'graph', 'early'))).json()).toMatchObject({ pull_count: 1 });
  });
});

describe('the documents of an artifact', () => {
  it('are the very bytes that were pushed, which no browser takes for a page', async () => {
    for (const [what, expected] of [
      ['manifest', amd.manifest],
      ['config', amd.config],
    ] as const) {
      const reply = await get(at(amd.manifest.digest, what));
      expect(reply.statusCode).toBe(200);
      expect(reply.rawPayload.equals(expected.bytes)).toBe(true);
      expect(reply.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'content-disposition': `attachment; filename="${what}-${expected.digest.slice(7, 19)}.json"`,
      });
    }
    expect((await get(at('v1', 'manifest'))).rawPayload.equals(multi.bytes)).toBe(true);
  });

  it('are not counted as pulls', async () => {
    await get(at(arm.manifest.digest, 'manifest'));
    await server.idle();
    expect((await graphOf(arm.manifest.digest)).pull_count).toBe(0);
  });

  it('of an index have no config', async () => {
    const reply = await get(at('v1', 'config'));
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ errors: [{ message: expect.stringContaining('index') }] });
  });

  it('are not for strangers', async () => {
    for (const what of ['manifest', 'config', 'graph'])
      expect((await get(at(amd.manifest.digest, what), stranger)).statusCode, what).toBe(403);
  });
});

describe('layers', () => {
  it('tell how many other artifacts of the project have them, and of no other project', async () => {
    await addProject(server, 'other');
    const shared = image('shared');
    const second = image('shared', { annotations: { second: 'yes' } });
    await oci.pushImage('web/first', 'v1', shared);
    await oci.pushImage('other/elsewhere', 'v1', image('shared', { annotations: { other: 'yes' } }));
    const read = async () =>
      (await get(at('v1', 'content', 'first'))).json<{
        layers: { shared_with: number; stored: boolean }[];
      }>();
    expect(await read()).toMatchObject({ layers: [{ shared_with: 0, stored: true }] });
    await oci.pushImage('web/second', 'v1', second);
    expect(await read()).toMatchObject({ layers: [{ shared_with: 1, stored: true }] });
  });

  it('do not tell it where it is too much to count', async () => {
    const often = image('often');
    const layer = often.layers[0]!;
    const layers = (count: number) => Array.from({ length: count }, () => descriptor(LAYER, layer));
    await addProject(server, 'crowd');
    await oci.pushImage('crowd/all', 'v1', often);
    const crowd = image('often', { layers: layers(5_000) });
    expect((await oci.putManifest('crowd/all', 'v2', crowd.manifest)).statusCode).toBe(201);
    await oci.pushImage('web/often', 'v1', often);
    const told = (await get(at('v1', 'content', 'often'))).json<object>();
    expect(told).toMatchObject({ layers: [{ digest: layer.digest, shared_with: null }] });

    const many = Array.from({ length: 51 }, (_, number) => content(`layer ${number}`));
    for (const each of many) await oci.pushBlob('web/often', each);
    const deep = image('often', { layers: many.map((each) => descriptor(LAYER, each)) });
    await oci.putManifest('web/often', 'deep', deep.manifest);
    const shown = (await get(at('deep', 'content', 'often'))).json<{ layers: { shared_with: unknown }[] }>();
    expect(shown.layers.map((each) => each.shared_with)).toEqual([...many.slice(1).map(() => 0), null]);
  });
});
