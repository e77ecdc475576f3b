import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELM_CONFIG, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { manualClock, type ManualClock } from '#server/lib/clock.ts';
import { client, content, descriptor, image, index, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let clock: ManualClock;
let guest: Person;
let stranger: Person;
const PROJECT = `${API}/projects/web`;

interface Shown {
  readonly digest: string;
  readonly repository_name: string;
}

beforeAll(async () => {
  clock = manualClock(Date.UTC(2026, 0, 31, 8));
  server = await makeServer({ clock });
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
  const config = content(JSON.stringify({ name: 'web', version: '1.0.0' }));
  await oci.pushBlob('web/chart', config);
  const chart = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(HELM_CONFIG, config),
      layers: [],
    }),
  );
  await oci.putManifest('web/chart', 'v1', chart);
  const children = [image('amd'), image('arm')];
  for (const child of children) await oci.pushImage('web/index', child.manifest.digest, child);
  await oci.putManifest('web/index', 'v1', index(children), OCI_INDEX);
});
afterAll(() => server.close());

describe('the artifacts of a project', () => {
  const type = encodeURIComponent(encodeURIComponent(OCI_CONFIG));
  const list = async (query: string, as: 'admin' | Person = guest) => {
    const reply = await server.inject({ url: `${PROJECT}/artifacts${query}`, as });
    expect(reply.statusCode, reply.body).toBe(200);
    return { items: reply.json<Shown[]>(), reply };
  };
  const names = async (query: string): Promise<string[]> =>
    (await list(query)).items.map((each) => each.repository_name);

  beforeAll(async () => {
    for (const [i, repository] of ['shop/one', 'shop/two'].entries()) {
      for (const version of ['old', 'new']) {
        clock.advance(60_000);
        await oci.pushImage(`web/${repository}`, version, image(`${repository} ${version} ${i}`));
      }
    }
    const signature = image('signature', {
      subject: descriptor(OCI_MANIFEST, image('shop/two new 1').manifest),
    });
    await oci.pushImage('web/shop/two', signature.manifest.digest, signature);
  });

  it('are those that their repositories list, newest first, with the repository that they are in', async () => {
    const { items, reply } = await list('?page_size=4');
    expect(items.map((each) => each.repository_name)).toEqual([
      'web/shop/two',
      'web/shop/two',
      'web/shop/one',
      'web/shop/one',
    ]);
    const repositories = (
      await server.inject({ url: `${PROJECT}/repositories?page_size=0`, as: guest })
    ).json<{ name: string }[]>();
    let total = 0;
    for (const { name } of repositories) {
      const path = encodeURIComponent(encodeURIComponent(name.slice('web/'.length)));
      const page = await server.inject({ url: `${PROJECT}/repositories/${path}/artifacts`, as: guest });
      total += Number(page.headers['x-total-count']);
    }
    expect(reply.headers['x-total-count']).toBe(String(total));
    expect(reply.headers['link']).toContain('rel="next"');
  });

  it('can be the newest of each repository, of one type', async () => {
    const { items, reply } = await list(
      `?latest_in_repository=true&q=media_type=${type},repository_name=~shop`,
    );
    expect(items.map((each) => each.repository_name)).toEqual(['web/shop/two', 'web/shop/one']);
    expect(items.map((each) => each.digest)).toEqual([
      image('shop/two new 1').manifest.digest,
      image('shop/one new 0').manifest.digest,
    ]);
    expect(reply.headers['x-total-count']).toBe('2');
    expect(
      await names(
        `?latest_in_repository=true&q=artifact_type=${encodeURIComponent(encodeURIComponent(HELM_CONFIG))}`,
      ),
    ).toEqual(['web/chart']);
  });

  it('can be the newest of each repository that the rest of q fits, in any order and in pages', async () => {
    const latest = `?latest_in_repository=true&q=media_type=${type},`;
    expect(await names(`${latest}repository_name=~shop&sort=push_time`)).toEqual([
      'web/shop/one',
      'web/shop/two',
    ]);
    expect(await names(`${latest}tags=new`)).toEqual(['web/shop/two', 'web/shop/one']);
    // An older one does not stand in for the newest.
    expect(await names(`${latest}tags=old`)).toEqual([]);
    const second = await list(`${latest}tags=new&page=2&page_size=1`);
    expect(second.items.map((each) => each.repository_name)).toEqual(['web/shop/one']);
    expect(second.reply.headers['x-total-count']).toBe('2');
    const all = await list(`?latest_in_repository=true&q=media_type=${type}&with_label=true`);
    expect(all.reply.headers['x-total-count']).toBe(String(all.items.length));
  });

  it('can be the newest of a type that is as long as a type can be', async () => {
    const long = Array.from({ length: 4 }, (_, i) => content(String(i)).digest.slice(7))
      .join('')
      .slice(0, 255);
    const wide = image('wide', { artifactType: long });
    await oci.pushImage('web/wide', 'v1', wide);
    const found = await list(`?latest_in_repository=true&q=artifact_type=${long}`);
    expect(found.items.map((each) => each.digest)).toEqual([wide.manifest.digest]);
    const other = await list(`?latest_in_repository=true&q=artifact_type=${long.slice(0, 254)}`);
    expect(other.items).toEqual([]);
    await server.inject({ method: 'DELETE', url: `${PROJECT}/repositories/wide`, as: 'admin' });
  });

  it('are filtered, sorted and shown as those of a repository', async () => {
    expect(await names('?q=type=CHART')).toEqual(['web/chart']);
    expect(await names('?q=tags=old&sort=push_time')).toEqual(['web/shop/one', 'web/shop/two']);
    expect(await names('?q=push_time=[2026-01-31T08:04:00~]')).toEqual(['web/shop/two']);
    const children = await list('?q=base=*&page_size=100');
    expect(children.reply.headers['x-total-count']).toBe('8');
    expect((await list('')).reply.headers['x-total-count']).toBe('6');
    const [bare] = (await list('?with_tag=false&page_size=1')).items;
    expect(bare).toMatchObject({ tags: null });
    const [full] = (await list('?with_accessory=true&with_label=true&page_size=1')).items;
    expect(full).toMatchObject({ accessories: [{ type: 'subject.accessory' }], tags: [{ name: 'new' }] });
  });

  it('are those of the project of that id, and of no other', async () => {
    const id = await addProject(server, 'empty');
    const reply = await server.inject({ url: `${API}/projects/${id}/artifacts`, as: 'admin' });
    expect(reply.json()).toEqual([]);
    expect(reply.headers['x-total-count']).toBe('0');
    const byName = await server.inject({
      url: `${API}/projects/${id}/artifacts`,
      as: 'admin',
      headers: { 'x-is-resource-name': 'true' },
    });
    expect(byName.statusCode).toBe(404);
  });

  const bad = (query: string): Case['request'] => ({ url: `${PROJECT}/artifacts${query}`, as: 'admin' });
  const cases: readonly Case[] = [
    {
      says: 'the newest of no type',
      request: bad('?latest_in_repository=true'),
      status: 400,
      code: 'BAD_REQUEST',
    },
    {
      says: 'the newest of two types',
      request: bad(`?latest_in_repository=true&q=media_type=${type},artifact_type=${type}`),
      status: 400,
      message: /either media_type or artifact_type/,
    },
    {
      says: 'the newest of what contains a text',
      request: bad('?latest_in_repository=true&q=media_type=~oci'),
      status: 400,
      message: /the whole type in q/,
    },
    {
      says: 'the newest with the children of indexes',
      request: bad(`?latest_in_repository=true&q=media_type=${type},base=*`),
      status: 400,
      message: /no base/,
    },
    { says: 'a key that there is not', request: bad('?q=boat=1'), status: 400 },
    { says: 'a flag that is none', request: bad('?with_tag=perhaps'), status: 422 },
    { says: 'a page too large', request: bad('?page_size=101'), status: 422 },
    {
      says: 'a project that is not there',
      request: { url: `${API}/projects/none/artifacts`, as: 'admin' },
      status: 404,
    },
    { says: 'anonymous callers', request: { url: `${PROJECT}/artifacts` }, status: 401 },
    {
      says: 'strangers',
      request: {
        url: `${PROJECT}/artifacts`,
        get as() {
          return stranger;
        },
      },
      status: 403,
    },
  ];
  it.each(cases.map((one) => [one.says, one] as const))('refuse %s', (_says, one) => expectCase(server, one));
});
