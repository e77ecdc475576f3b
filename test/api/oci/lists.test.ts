import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

let server: TestServer;
let oci: OciClient;
beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
});
afterAll(() => server.close());

/** Tags of one artifact, put into the database at once: pushing thousands is not what is tested. */
async function addTags(repository: string, names: readonly string[]): Promise<void> {
  await oci.pushImage(`library/${repository}`, names[0] ?? '', image(repository));
  const { db } = server.context;
  const { id, artifact_id: artifactId } = await db.read
    .selectFrom('repository')
    .innerJoin('artifact', 'artifact.repository_id', 'repository.id')
    .select(['repository.id', 'artifact.id as artifact_id'])
    .where('repository.name', '=', repository)
    .executeTakeFirstOrThrow();
  for (let at = 1; at < names.length; at += 1000) {
    const values = names
      .slice(at, at + 1000)
      .map((name) => ({ repository_id: id, artifact_id: artifactId, name, pushed_at: 1, pulled_at: null }));
    await db.tx(async (tx) => void (await tx.insertInto('tag').values(values).execute()));
  }
}

/** The tags of every page from here on, and how many bytes each page had. */
async function readPages(from: string): Promise<{ tags: string[]; sizes: number[] }> {
  const tags: string[] = [];
  const sizes: number[] = [];
  for (let path: string | undefined = from; path !== undefined;) {
    const reply = await oci.get(path);
    expect(reply.statusCode).toBe(200);
    sizes.push(reply.rawPayload.length);
    tags.push(...reply.json<{ tags: string[] }>().tags);
    path = /^<([^>]+)>; rel="next"$/.exec(String(reply.headers['link'] ?? ''))?.[1];
  }
  return { tags, sizes };
}

const numbered = (count: number, width: number): string[] =>
  Array.from({ length: count }, (_, i) => String(i).padStart(width, 't'));

describe('the list of tags', () => {
  it('has all of them without n, however many, in one page that a client takes', async () => {
    const names = numbered(12_000, 6).toSorted();
    await addTags('many', names);
    const { tags, sizes } = await readPages('/v2/library/many/tags/list');
    expect(tags).toEqual(names);
    expect(sizes).toHaveLength(1);
    // Also where the client asks for more than there are.
    expect((await readPages('/v2/library/many/tags/list?n=4000000000')).sizes).toHaveLength(1);
  });

  it('ends a page below 4 MiB, and goes on behind it', async () => {
    const names = numbered(36_000, 120).toSorted();
    await addTags('long', names);
    const { tags, sizes } = await readPages('/v2/library/long/tags/list');
    expect(tags).toEqual(names);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
    // As many as were asked for, across several reads of the database.
    const page = await oci.get(`/v2/library/long/tags/list?n=11000&last=${names[99]}`);
    expect(page.json<{ tags: string[] }>().tags).toEqual(names.slice(100, 11_100));
    expect(page.headers['link']).toContain(`n=11000&last=${names[11_099]}`);
  });

  it('ends with its last tag, without a link to an empty page', async () => {
    await addTags('few', ['a', 'b', 'c']);
    const reply = await oci.get('/v2/library/few/tags/list?n=2&last=a');
    expect(reply.json()).toMatchObject({ tags: ['b', 'c'] });
    expect(reply.headers['link']).toBeUndefined();
  });
});

describe('lists', () => {
  it('answer HEAD as GET, without the body', async () => {
    await oci.pushImage('library/head', 'v1', image('head'));
    for (const path of [
      '/v2/library/head/tags/list',
      `/v2/library/head/referrers/${content('x').digest}`,
      '/v2/_catalog',
    ]) {
      const [got, head] = [await oci.get(path), await oci.head(path)];
      expect(head.statusCode).toBe(200);
      expect(head.body).toBe('');
      for (const name of ['content-type', 'content-length'])
        expect(head.headers[name]).toBe(got.headers[name]);
    }
  });

  it('name in Allow what is served, where a method is not', async () => {
    for (const [path, allow] of [
      ['/v2/library/head/tags/list', 'GET, HEAD, OPTIONS'],
      ['/v2/library/head/manifests/v1', 'GET, HEAD, PUT, DELETE, OPTIONS'],
      ['/v2/_catalog', 'GET, HEAD, OPTIONS'],
      ['/v2/', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const reply = await oci.send({ method: 'PATCH', url: path });
      expect(reply.statusCode).toBe(405);
      expect(reply.headers['allow']).toBe(allow);
    }
  });

  it('filter referrers by a type whose plus is not escaped, and by none when it is empty', async () => {
    const subject = descriptor(OCI_MANIFEST, image('subject').manifest);
    const typed = image('typed', { artifactType: 'application/spdx+json', subject });
    const other = image('other', { artifactType: 'application/vnd.other', subject });
    for (const item of [typed, other]) await oci.pushImage('library/plus', item.manifest.digest, item);
    const digests = async (query: string): Promise<string[]> => {
      const reply = await oci.get(`/v2/library/plus/referrers/${image('subject').manifest.digest}${query}`);
      expect(reply.headers['content-type']).toBe(OCI_INDEX);
      return reply.json<{ manifests: { digest: string }[] }>().manifests.map((item) => item.digest);
    };
    expect(await digests('?artifactType=application/spdx+json')).toEqual([typed.manifest.digest]);
    expect(await digests('?artifactType=application%2Fspdx%2Bjson')).toEqual([typed.manifest.digest]);
    expect(await digests('?artifactType=')).toHaveLength(2);
  });
});

describe('a manifest pushed by tag with the digest to keep it under', () => {
  it('is found by both, and refused where the digest is not its own', async () => {
    const pushed = image('tagged');
    await oci.pushImage('library/digest', 'plain', pushed);
    const { digest } = content(pushed.manifest.bytes, 'sha512');
    const put = await oci.putManifest('library/digest', `v1?digest=${digest}`, pushed.manifest);
    expect(put.statusCode).toBe(201);
    expect(put.headers['docker-content-digest']).toBe(digest);
    for (const reference of ['v1', digest]) {
      const head = await oci.head(`/v2/library/digest/manifests/${reference}`);
      expect(head.headers['docker-content-digest']).toBe(digest);
    }
    for (const wrong of [content('other').digest, 'sha512:short', 'md5:0']) {
      const refused = await oci.putManifest('library/digest', `v2?digest=${wrong}`, pushed.manifest);
      expect(refused.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
    }
    expect((await oci.head('/v2/library/digest/manifests/v2')).statusCode).toBe(404);
  });
});

describe('paths', () => {
  it('may have a slash too many at /v2 and on uploads, and none where it means another thing', async () => {
    expect((await oci.get('/v2//')).statusCode).toBe(200);
    for (const end of ['', '/', '//']) {
      const reply = await oci.send({ method: 'POST', url: `/v2/library/slash/blobs/uploads${end}` });
      expect(reply.statusCode).toBe(202);
    }
    expect((await oci.get('/v2/library/slash/manifests/v1/')).statusCode).toBe(404);
  });

  it('that cannot be decoded are refused in the envelope of the protocol', async () => {
    const reply = await oci.get('/v2/a%zz/tags/list');
    expect(reply.statusCode).toBe(400);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    expect(reply.json<{ errors: { code: string }[] }>().errors).toHaveLength(1);
  });
});
