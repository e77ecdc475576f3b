import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import {
  client,
  content,
  cosignSignature,
  cosignTag,
  descriptor,
  image,
  index,
  LAYER,
  type OciClient,
} from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
/** Developer in both projects; guest in the target only; a stranger. */
let dev: Person;
let gil: Person;
let sam: Person;
/** Developer in the target, nothing in the source. */
let tom: Person;

const app = image('app');
const amd = image('amd');
const arm = image('arm');
const multi = index([amd, arm]);
const sbom = image('sbom', { artifactType: 'application/spdx+json', subject: descriptor(OCI_INDEX, multi) });
const signature = cosignSignature('signature of amd');
const signatureTag = cosignTag(amd.manifest.digest);

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  for (const project of ['src', 'dst']) await addProject(server, project);
  for (const name of ['dev', 'gil', 'sam', 'tom']) {
    const person = await addUser(server, name);
    if (name === 'dev') dev = person;
    if (name === 'gil') gil = person;
    if (name === 'sam') sam = person;
    if (name === 'tom') tom = person;
  }
  await addMember(server, 'src', { username: 'dev', role: 'guest' });
  await addMember(server, 'dst', { username: 'dev', role: 'developer' });
  await addMember(server, 'src', { username: 'gil', role: 'developer' });
  await addMember(server, 'dst', { username: 'gil', role: 'guest' });
  await addMember(server, 'dst', { username: 'tom', role: 'developer' });
  await oci.pushImage('src/team/app', 'v1', app);
  await oci.putManifest('src/team/app', 'v1.0', app.manifest);
  for (const child of [amd, arm]) await oci.pushImage('src/multi', child.manifest.digest, child);
  await oci.putManifest('src/multi', 'arm', arm.manifest);
  await oci.putManifest('src/multi', 'v1', multi, OCI_INDEX);
  await oci.pushImage('src/multi', signatureTag, signature);
  await oci.pushImage('src/multi', sbom.manifest.digest, sbom);
});
afterAll(() => server.close());

const artifactsOf = (repository: string): string =>
  `${API}/projects/dst/repositories/${encodeURIComponent(encodeURIComponent(repository))}/artifacts`;
const copy = (repository: string, from: string, as: 'admin' | Person = 'admin') =>
  server.inject({ method: 'POST', url: `${artifactsOf(repository)}?from=${encodeURIComponent(from)}`, as });
const pull = (repository: string, reference: string) =>
  oci.get(`/v2/dst/${repository}/manifests/${reference}`);

describe('a copy', () => {
  it('has the very bytes, the blobs and all tags, and is found where Location says', async () => {
    const reply = await copy('team/app', 'src/team/app:v1', dev);
    expect(reply.statusCode, reply.body).toBe(201);
    expect(reply.headers['location']).toBe(`${artifactsOf('team/app')}/v1`);
    expect(reply.body).toBe('');
    const shown = await server.inject({ url: String(reply.headers['location']), as: dev });
    expect(shown.json()).toMatchObject({
      digest: app.manifest.digest,
      repository_name: 'dst/team/app',
      type: 'IMAGE',
      extra_attrs: { architecture: 'amd64' },
      size: app.manifest.bytes.length + app.config.bytes.length + (app.layers[0]?.bytes.length ?? 0),
    });
    for (const tag of ['v1', 'v1.0'])
      expect((await pull('team/app', tag)).rawPayload.equals(app.manifest.bytes)).toBe(true);
    for (const blob of [app.config, ...app.layers])
      expect((await oci.get(`/v2/dst/team/app/blobs/${blob.digest}`)).rawPayload.equals(blob.bytes)).toBe(
        true,
      );
    const repository = await server.inject({
      url: `${API}/projects/dst/repositories/team%252Fapp`,
      as: 'admin',
    });
    expect(repository.json()).toMatchObject({ artifact_count: 1 });
  });

  it('by digest copies the tags as well, and again changes nothing', async () => {
    for (let time = 0; time < 2; time++) {
      const reply = await copy('again', `src/team/app@${app.manifest.digest}`);
      expect(reply.statusCode, reply.body).toBe(201);
      expect(reply.headers['location']).toBe(`${artifactsOf('again')}/${app.manifest.digest}`);
    }
    const tags = await server.inject({ url: `${artifactsOf('again')}/v1/tags?sort=name`, as: 'admin' });
    expect(tags.json<{ name: string }[]>().map((tag) => tag.name)).toEqual(['v1', 'v1.0']);
    expect((await server.inject({ url: artifactsOf('again'), as: 'admin' })).headers['x-total-count']).toBe(
      '1',
    );
  });

  it('of an index takes its children, their tags, and what belongs to any of them', async () => {
    expect((await copy('multi', 'src/multi:v1')).statusCode).toBe(201);
    for (const part of [multi, amd.manifest, arm.manifest, signature.manifest, sbom.manifest])
      expect((await pull('multi', part.digest)).rawPayload.equals(part.bytes), part.digest).toBe(true);
    for (const tag of ['v1', 'arm', signatureTag])
      expect((await pull('multi', tag)).statusCode, tag).toBe(200);
    const list = await server.inject({ url: `${artifactsOf('multi')}?with_accessory=true`, as: 'admin' });
    // The index, and its child that has a tag of its own.
    expect(
      list
        .json<{ digest: string }[]>()
        .map((each) => each.digest)
        .toSorted(),
    ).toEqual([multi.digest, arm.manifest.digest].toSorted());
    const of = async (digest: string) =>
      (await server.inject({ url: `${artifactsOf('multi')}/${digest}/accessories`, as: 'admin' })).json<
        { digest: string; type: string; subject_artifact_repo: string }[]
      >();
    expect(await of(amd.manifest.digest)).toMatchObject([
      { digest: signature.manifest.digest, type: 'signature.cosign', subject_artifact_repo: 'dst/multi' },
    ]);
    expect(await of(multi.digest)).toMatchObject([
      { digest: sbom.manifest.digest, type: 'subject.accessory' },
    ]);
    const size = (digest: string, url: string) =>
      server
        .inject({ url: `${url}/${digest}`, as: 'admin' })
        .then((reply) => reply.json<{ size: number }>().size);
    expect(await size(multi.digest, artifactsOf('multi'))).toBe(
      await size(multi.digest, `${API}/projects/src/repositories/multi/artifacts`),
    );
  });

  it('moves a tag that named something else there', async () => {
    const other = image('other');
    await oci.pushImage('dst/moved', 'v1', other);
    expect((await copy('moved', 'src/team/app:v1')).statusCode).toBe(201);
    expect((await pull('moved', 'v1')).headers['docker-content-digest']).toBe(app.manifest.digest);
    expect((await pull('moved', other.manifest.digest)).statusCode).toBe(200);
    const both = await server.inject({ url: artifactsOf('moved'), as: 'admin' });
    expect(both.headers['x-total-count']).toBe('2');
  });

  it('is told in the audit log and to those who listen', async () => {
    expect((await copy('told', 'src/multi:v1', 'admin')).statusCode).toBe(201);
    await server.idle();
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=${encodeURIComponent('operation=create,resource=~dst/told')}`,
      as: 'admin',
    });
    expect(log.json()).toMatchObject([
      {
        resource: 'dst/told:v1',
        operation_description: `copy artifact: src/multi@${multi.digest} to dst/told`,
        username: 'admin',
      },
      { resource: 'dst/told', resource_type: 'repository' },
    ]);
    const events = await server.context.db.read
      .selectFrom('event')
      .select('payload')
      .where('kind', '=', 'artifact.pushed')
      .execute();
    const told = events
      .map((event) => JSON.parse(event.payload) as { repositoryName: string; digest: string })
      .filter((event) => event.repositoryName === 'told');
    expect(told.map((event) => event.digest).toSorted()).toEqual(
      [multi, amd.manifest, arm.manifest, signature.manifest, sbom.manifest]
        .map((part) => part.digest)
        .toSorted(),
    );
  });

  it('can be made by many at once, within one project too', async () => {
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, i) => copy('crowd', i % 2 ? 'src/multi:v1' : 'src/team/app:v1')),
    );
    expect(replies.map((reply) => reply.statusCode)).toEqual([201, 201, 201, 201, 201, 201]);
    // Both have a tag v1: the last one has it.
    const repository = await server.inject({ url: `${API}/projects/dst/repositories/crowd`, as: 'admin' });
    expect(repository.json()).toMatchObject({ artifact_count: 3 });
    expect((await copy('crowd-2', 'dst/crowd:v1.0')).statusCode).toBe(201);
    expect((await copy('crowd', 'dst/crowd:v1.0')).statusCode).toBe(201);
  });

  it('is refused like a push where blobs are missing, and keeps nothing', async () => {
    await addProject(server, 'thin');
    const payload = { metadata: { allow_sparse: 'true' } };
    await server.inject({ method: 'PUT', url: `${API}/projects/thin`, as: 'admin', payload });
    const sparse = image('sparse');
    expect((await oci.putManifest('thin/app', 'v1', sparse.manifest)).statusCode).toBe(201);
    const reply = await copy('thin', 'thin/app:v1');
    expect(reply.statusCode, reply.body).toBe(400);
    const missing = await server.inject({ url: `${API}/projects/dst/repositories/thin`, as: 'admin' });
    expect(missing.statusCode).toBe(404);
  });

  it('keeps layers that lie elsewhere', async () => {
    const foreign = content('kept by its maker');
    const config = content('{"os":"windows"}');
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, config),
        layers: [descriptor(LAYER, foreign, { urls: ['https://example.com/layer'] })],
      }),
    );
    await oci.pushBlob('src/windows', config);
    expect((await oci.putManifest('src/windows', 'v1', manifest)).statusCode).toBe(201);
    expect((await copy('windows', 'src/windows:v1')).statusCode).toBe(201);
  });

  it('of very many tags is refused in a sentence', async () => {
    const { db } = server.context;
    await oci.pushImage('src/tagged', 'v1', app);
    await db.tx(async (tx) => {
      const artifact = await tx
        .selectFrom('artifact')
        .innerJoin('repository', 'repository.id', 'artifact.repository_id')
        .select(['artifact.id'])
        .where('repository.name', '=', 'tagged')
        .executeTakeFirstOrThrow();
      await tx.updateTable('artifact').set({ tag_count: 1001 }).where('id', '=', artifact.id).execute();
    });
    const reply = await copy('tagged', 'src/tagged:v1');
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('1001 tags');
  });
});

const missing = content('missing').digest;
const post = (from: string | undefined, as: () => 'admin' | Person): Case['request'] => ({
  method: 'POST',
  url: `${artifactsOf('x')}${from === undefined ? '' : `?from=${encodeURIComponent(from)}`}`,
  get as() {
    return as();
  },
});
const admin = () => 'admin' as const;
const cases: readonly Case[] = [
  { says: 'no source', request: post(undefined, admin), status: 400, code: 'BAD_REQUEST' },
  { says: 'a source without a reference', request: post('src/team/app', admin), status: 400 },
  { says: 'a source without a project', request: post('app:v1', admin), status: 400 },
  { says: 'a source that is no name', request: post('Src/App:v1', admin), status: 400 },
  { says: 'a tag that is none', request: post('src/team/app:-', admin), status: 400 },
  { says: 'a host with a port', request: post('registry:5000/src/app:v1', admin), status: 400 },
  {
    says: 'a digest that is none',
    request: post('src/team/app@sha256:12', admin),
    status: 400,
    code: 'DIGEST_INVALID',
  },
  { says: 'two digests', request: post(`src/team/app@${missing}@${missing}`, admin), status: 400 },
  { says: 'an artifact that is not there', request: post(`src/team/app@${missing}`, admin), status: 404 },
  { says: 'a repository that is not there', request: post('src/none:v1', admin), status: 404 },
  { says: 'a missing project to an administrator', request: post('none/app:v1', admin), status: 404 },
  { says: 'a missing project to others', request: post('none/app:v1', () => dev), status: 403 },
  { says: 'a source that may not be read', request: post('src/team/app:v1', () => tom), status: 403 },
  { says: 'a missing part of a foreign project', request: post('src/none:v1', () => tom), status: 403 },
  { says: 'who may not push to the target', request: post('src/team/app:v1', () => gil), status: 403 },
  { says: 'strangers', request: post('src/team/app:v1', () => sam), status: 403 },
  {
    says: 'anonymous callers',
    request: { method: 'POST', url: `${artifactsOf('x')}?from=src/team/app:v1` },
    status: 401,
  },
  {
    says: 'an accessory by its own',
    request: post(`src/multi@${sbom.manifest.digest}`, admin),
    status: 403,
    code: 'DENIED',
    message: /copy that/,
  },
  {
    says: "cosign's signature by its own",
    request: post(`src/multi:${signatureTag}`, admin),
    status: 403,
    code: 'DENIED',
  },
  {
    says: 'a target that is no name',
    request: {
      method: 'POST',
      url: `${artifactsOf('Not/A/Name')}?from=${encodeURIComponent('src/team/app:v1')}`,
      as: 'admin',
    },
    status: 400,
  },
];

describe('refusals', () => {
  it.each(cases.map((one) => [one.says, one] as const))('%s', (_says, one) => expectCase(server, one));

  it('of a foreign and of a missing project read alike', async () => {
    const [foreign, none] = await Promise.all([
      copy('x', 'src/team/app:v1', tom),
      copy('x', 'nowhere/team/app:v1', tom),
    ]);
    expect(foreign.body).toBe(none.body);
  });
});
