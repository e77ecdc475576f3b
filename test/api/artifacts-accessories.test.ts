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
let guest: Person;
let stranger: Person;

const PROJECT = `${API}/projects/web`;
const at = (repository: string): string => `${PROJECT}/repositories/${repository}/artifacts`;
const get = (url: string, as: 'admin' | Person = 'admin') => server.inject({ url, as });

interface Accessory {
  readonly id: number;
  readonly artifact_id: number;
  readonly digest: string;
  readonly type: string;
  readonly size: number;
  readonly icon: string;
  readonly creation_time: string;
}
const of = async (repository: string, digest: string, query = ''): Promise<Accessory[]> =>
  (await get(`${at(repository)}/${digest}/accessories${query}`)).json();
const listed = async (repository: string, query = ''): Promise<{ digest: string }[]> =>
  (await get(`${at(repository)}${query}`)).json();

const app = image('app');
const subject = descriptor(OCI_MANIFEST, app.manifest);
const signature = cosignSignature('signature of app');

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'gil', role: 'limitedGuest' });
  await oci.pushImage('web/app', 'v1', app);
});
afterAll(() => server.close());

const nydusLayer = content('bootstrap');
const nydus = content(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    subject,
    config: descriptor(OCI_CONFIG, app.config),
    layers: [
      descriptor(LAYER, app.layers[0] ?? nydusLayer),
      descriptor(LAYER, nydusLayer, { annotations: { 'containerd.io/snapshot/nydus-bootstrap': 'true' } }),
    ],
  }),
);
const kinds: readonly [string, object][] = [
  ['signature.notation', { artifactType: 'application/vnd.cncf.notary.signature' }],
  ['signature.cosign', { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }],
  ['signature.cosign', { artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }],
  ['sbom.harbor', { artifactType: 'application/vnd.goharbor.harbor.sbom.v1' }],
  ['subject.accessory', { artifactType: 'application/spdx+json' }],
  ['subject.accessory', {}],
];

describe('what belongs to an artifact', () => {
  it.each(kinds.map(([type, extra], i) => [type, extra, i] as const))(
    'is %s by what it says of itself: %j',
    async (type, extra, i) => {
      const accessory = image(`accessory ${i}`, { ...extra, subject });
      await oci.pushImage('web/app', accessory.manifest.digest, accessory);
      const found = (await of('app', 'v1')).filter((each) => each.digest === accessory.manifest.digest);
      expect(found).toMatchObject([{ type }]);
    },
  );

  it('is an image that nydus can start, by its last layer', async () => {
    await oci.pushBlob('web/app', nydusLayer);
    expect((await oci.putManifest('web/app', nydus.digest, nydus)).statusCode).toBe(201);
    expect((await of('app', 'v1', '?q=type=accelerator.nydus')).map((each) => each.digest)).toEqual([
      nydus.digest,
    ]);
  });

  it('is what cosign signs by its tag alone, in every detail that Harbor shows', async () => {
    await oci.pushImage('web/app', cosignTag(app.manifest.digest), signature);
    const signed = (await of('app', 'v1', '?sort=-id&page_size=1'))[0];
    const own = await get(`${at('app')}/${signature.manifest.digest}`);
    const { id, size, icon } = own.json<{ id: number; size: number; icon: string }>();
    const parent = (await get(`${at('app')}/v1`)).json<{ id: number }>();
    expect(signed).toEqual({
      id,
      artifact_id: id,
      subject_artifact_id: parent.id,
      subject_artifact_digest: app.manifest.digest,
      subject_artifact_repo: 'web/app',
      size,
      digest: signature.manifest.digest,
      type: 'signature.cosign',
      icon: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      creation_time: expect.stringMatching(/Z$/),
    });
    expect((await get(`${API}/icons/${signed?.icon ?? icon}`)).statusCode).toBe(200);
  });

  it('is never listed by itself, whatever is asked for, and is shown with its artifact when asked', async () => {
    for (const query of ['', '?q=base=*', '?q=tags=*', '?q=type=IMAGE', '?q=tags=~sha256'])
      expect(
        (await listed('app', query)).map((each) => each.digest),
        query,
      ).toEqual(query.includes('sha256') ? [] : [app.manifest.digest]);
    expect(await listed('app')).toMatchObject([{ accessories: null }]);
    const [shown] = (await get(`${at('app')}?with_accessory=true`)).json<{ accessories: Accessory[] }[]>();
    expect(shown?.accessories).toHaveLength(kinds.length + 2);
    const one = (await get(`${at('app')}/v1?with_accessory=true`)).json<{ accessories: Accessory[] }>();
    expect(one.accessories).toEqual(shown?.accessories);
    expect(one.accessories).toEqual(await of('app', 'v1', '?page_size=100'));
  });

  it('is filtered, sorted and paged', async () => {
    const all = await of('app', 'v1', '?page_size=100');
    expect(all.map((each) => each.id)).toEqual(all.map((each) => each.id).toSorted((a, b) => a - b));
    const cosign = await get(
      `${at('app')}/v1/accessories?q=type=signature.cosign&page_size=2&sort=-creation_time`,
      guest,
    );
    expect(cosign.headers['x-total-count']).toBe('3');
    expect(cosign.headers['link']).toContain('rel="next"');
    expect(cosign.json()).toHaveLength(2);
    expect(await of('app', 'v1', `?q=digest=${signature.manifest.digest}`)).toHaveLength(1);
  });

  it('may come before its artifact', async () => {
    const late = image('late');
    const before = image('before', { subject: descriptor(OCI_MANIFEST, late.manifest) });
    const signed = cosignSignature('signature of late');
    await oci.pushImage('web/late', before.manifest.digest, before);
    await oci.pushImage('web/late', cosignTag(late.manifest.digest), signed);
    expect(await listed('late')).toEqual([]);
    await oci.pushImage('web/late', 'v1', late);
    expect((await of('late', 'v1')).map((each) => each.digest)).toEqual([
      before.manifest.digest,
      signed.manifest.digest,
    ]);
  });

  it('is known as a signature when its tag comes after its digest, and no second time', async () => {
    const twice = cosignSignature('signed twice');
    await oci.pushImage('web/twice', 'v1', app);
    await oci.pushImage('web/twice', twice.manifest.digest, twice);
    expect(await listed('twice')).toHaveLength(2);
    for (let time = 0; time < 2; time++)
      await oci.putManifest('web/twice', cosignTag(app.manifest.digest), twice.manifest);
    expect((await listed('twice')).map((each) => each.digest)).toEqual([app.manifest.digest]);
    expect(await of('twice', 'v1')).toHaveLength(1);
    // A newer signature takes the tag: the older one still belongs to what it signs.
    const newer = cosignSignature('signed again');
    await oci.pushImage('web/twice', cosignTag(app.manifest.digest), newer);
    expect(await of('twice', 'v1')).toHaveLength(2);
    const repository = await get(`${PROJECT}/repositories/twice`);
    expect(repository.json()).toMatchObject({ artifact_count: 1 });
    expect((await get(at('twice'))).headers['x-total-count']).toBe('1');
  });

  it('is no signature without its layer, and none with a tag that names nothing', async () => {
    await oci.pushImage('web/plain', cosignTag(app.manifest.digest), cosignSignature('plain', LAYER));
    await oci.pushImage('web/plain', 'sha256-12.sig', cosignSignature('short'));
    await oci.pushImage(
      'web/plain',
      cosignTag(app.manifest.digest).replace('.sig', '.att'),
      cosignSignature('att'),
    );
    expect(await listed('plain')).toHaveLength(3);
  });
});

const remove = (repository: string, reference: string) =>
  server.inject({ method: 'DELETE', url: `${at(repository)}/${reference}`, as: 'admin' });
const exists = async (repository: string, digest: string): Promise<boolean> =>
  (await oci.head(`/v2/web/${repository}/manifests/${digest}`)).statusCode === 200;

describe('deleting an artifact', () => {
  it('takes what belongs to it, and what belongs to that, but not what somebody named', async () => {
    const signed = cosignSignature('goes');
    const sbom = image('sbom', { subject });
    const signedSbom = image('signed sbom', { subject: descriptor(OCI_MANIFEST, sbom.manifest) });
    await oci.pushImage('web/goes', 'v1', app);
    await oci.pushImage('web/goes', cosignTag(app.manifest.digest), signed);
    await oci.pushImage('web/goes', sbom.manifest.digest, sbom);
    const named = image('named', { subject });
    await oci.pushImage('web/goes', 'sbom-of-v1', named);
    // Names that only begin as cosign's do, or that tell of another artifact.
    const names = [
      `${app.manifest.digest.replace(':', '-')}-keep-this`,
      cosignTag(content('something else').digest),
    ];
    for (const name of names) await oci.pushImage('web/goes', name, image(name, { subject }));
    await oci.pushImage('web/goes', signedSbom.manifest.digest, signedSbom);
    const reply = await remove('goes', 'v1');
    expect(reply.statusCode, reply.body).toBe(200);
    for (const gone of [app, signed, sbom, signedSbom])
      expect(await exists('goes', gone.manifest.digest)).toBe(false);
    expect((await get(`${PROJECT}/repositories/goes`)).json()).toMatchObject({ artifact_count: 3 });
    for (const name of ['sbom-of-v1', ...names]) expect(await exists('goes', name), name).toBe(true);
    // What stays is found.
    expect(await listed('goes')).toHaveLength(3);
  });

  it('leaves of what it lists that which belongs to an artifact that stays', async () => {
    const [kept, goes] = [image('stays'), image('goes too')];
    const [ofKept, ofGone, ofNone] = [kept, goes, image('never pushed')].map((each, i) =>
      image(`attestation ${i}`, { subject: descriptor(OCI_MANIFEST, each.manifest) }),
    ) as [typeof kept, typeof kept, typeof kept];
    const children = [kept, goes, ofKept, ofGone, ofNone];
    for (const child of children) await oci.pushImage('web/attested', child.manifest.digest, child);
    await oci.putManifest('web/attested', 'kept', kept.manifest);
    await oci.putManifest('web/attested', 'v1', index(children), OCI_INDEX);
    expect((await remove('attested', 'v1')).statusCode).toBe(200);
    for (const each of children)
      expect(await exists('attested', each.manifest.digest)).toBe([kept, ofKept].includes(each));
    expect((await of('attested', 'kept')).map((each) => each.digest)).toEqual([ofKept.manifest.digest]);
  });

  it('is possible for what belongs to another alone', async () => {
    const sbom = image('alone', { subject });
    await oci.pushImage('web/alone', 'v1', app);
    await oci.pushImage('web/alone', sbom.manifest.digest, sbom);
    expect((await remove('alone', sbom.manifest.digest)).statusCode).toBe(200);
    expect(await of('alone', 'v1')).toEqual([]);
    expect(await exists('alone', app.manifest.digest)).toBe(true);
  });

  it('takes of nested indexes what nothing else needs', async () => {
    const [a, b, c] = [image('a'), image('b'), image('c')];
    const inner = index([a, b]);
    const nested = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          descriptor(OCI_INDEX, inner),
          // Listed twice: by itself, and in the inner index that goes as well.
          descriptor(OCI_MANIFEST, a.manifest),
          descriptor(OCI_MANIFEST, c.manifest),
        ],
      }),
    );
    const other = index([c], { annotations: { other: 'yes' } });
    const signed = cosignSignature('signature of b');
    for (const child of [a, b, c]) await oci.pushImage('web/nested', child.manifest.digest, child);
    await oci.putManifest('web/nested', inner.digest, inner, OCI_INDEX);
    await oci.putManifest('web/nested', 'v1', nested, OCI_INDEX);
    await oci.putManifest('web/nested', 'other', other, OCI_INDEX);
    await oci.pushImage('web/nested', cosignTag(b.manifest.digest), signed);
    const refused = await remove('nested', inner.digest);
    expect(refused.statusCode).toBe(412);
    expect(refused.json()).toMatchObject({
      errors: [{ code: 'VIOLATE_FOREIGN_KEY_CONSTRAINT', message: expect.stringContaining(nested.digest) }],
    });
    expect((await remove('nested', 'v1')).statusCode).toBe(200);
    for (const gone of [nested, inner, a.manifest, b.manifest, signed.manifest])
      expect(await exists('nested', gone.digest)).toBe(false);
    for (const kept of [other, c.manifest]) expect(await exists('nested', kept.digest)).toBe(true);
    expect((await get(`${PROJECT}/repositories/nested`)).json()).toMatchObject({ artifact_count: 1 });
  });

  it('at the same time twice deletes once', async () => {
    await oci.pushImage('web/race', 'v1', app);
    const replies = await Promise.all([remove('race', 'v1'), remove('race', app.manifest.digest)]);
    expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
  });
});

const cases: readonly Case[] = [
  { says: 'no artifact', request: { url: `${at('app')}/none/accessories`, as: 'admin' }, status: 404 },
  {
    says: 'a broken digest',
    request: { url: `${at('app')}/sha256:1/accessories`, as: 'admin' },
    status: 400,
  },
  {
    says: 'an unknown key',
    request: { url: `${at('app')}/v1/accessories?q=boat=1`, as: 'admin' },
    status: 400,
  },
  { says: 'anonymous callers', request: { url: `${at('app')}/v1/accessories` }, status: 401 },
  {
    says: 'strangers',
    request: {
      url: `${at('app')}/v1/accessories`,
      get as() {
        return stranger;
      },
    },
    status: 403,
  },
];

describe('refusals', () => {
  it.each(cases.map((one) => [one.says, one] as const))('%s', (_says, one) => expectCase(server, one));
});
