import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { client, content, descriptor, image, index, LAYER, type OciClient } from '#test/support/oci.ts';

let server: TestServer;
let oci: OciClient;
beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
});
afterAll(() => server.close());

const repo = 'library/app';
const url = (reference: string, name = repo): string => `/v2/${name}/manifests/${reference}`;

describe('manifests', () => {
  it('come back as they were pushed, by tag and by digest', async () => {
    const pushed = image('first');
    await oci.pushImage(repo, 'v1', pushed);
    for (const reference of ['v1', pushed.manifest.digest]) {
      const reply = await oci.get(url(reference), { accept: DOCKER_MANIFEST });
      expect(reply.statusCode).toBe(200);
      expect(reply.rawPayload.equals(pushed.manifest.bytes)).toBe(true);
      // Exactly so: clients compare it.
      expect(reply.headers['content-type']).toBe(OCI_MANIFEST);
      expect(reply.headers).toMatchObject({
        'docker-content-digest': pushed.manifest.digest,
        'content-length': String(pushed.manifest.bytes.length),
      });
      const head = await oci.head(url(reference));
      expect(head.headers).toMatchObject({
        'content-type': OCI_MANIFEST,
        'docker-content-digest': pushed.manifest.digest,
        'content-length': String(pushed.manifest.bytes.length),
      });
      expect(
        (await oci.get(url(reference), { 'if-none-match': `"${pushed.manifest.digest}"` })).statusCode,
      ).toBe(304);
    }
  });

  it('are the new ones at once where a tag was moved, and gone at once where it was deleted', async () => {
    const [before, after] = [image('before the move'), image('after the move')];
    await oci.pushImage('library/moved', 'v1', before);
    expect((await oci.get(url('v1', 'library/moved'))).headers['docker-content-digest']).toBe(
      before.manifest.digest,
    );
    await oci.pushImage('library/moved', 'v1', after);
    expect((await oci.get(url('v1', 'library/moved'))).headers['docker-content-digest']).toBe(
      after.manifest.digest,
    );
    const tag = '/api/v2.0/projects/library/repositories/moved/artifacts/v1/tags/v1';
    expect((await server.inject({ as: 'admin', method: 'DELETE', url: tag })).statusCode).toBe(200);
    expect((await oci.get(url('v1', 'library/moved'))).statusCode).toBe(404);
    const repository = '/api/v2.0/projects/library/repositories/moved';
    expect((await oci.get(url(after.manifest.digest, 'library/moved'))).statusCode).toBe(200);
    expect((await server.inject({ as: 'admin', method: 'DELETE', url: repository })).statusCode).toBe(200);
    expect((await oci.get(url(after.manifest.digest, 'library/moved'))).statusCode).toBe(404);
  });

  it('keep the digest that they were pushed with, sha512 too, and take tags with it', async () => {
    const pushed = image('tagged at once');
    await oci.pushImage(repo, 'x', pushed);
    const manifest = content(pushed.manifest.bytes, 'sha512');
    const tags = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const reply = await oci.putManifest(
      repo,
      `${manifest.digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`,
      manifest,
    );
    expect(reply.statusCode).toBe(201);
    expect(reply.headers['oci-tag']).toBe(tags.join(', '));
    expect((await oci.head(url('t11'))).headers['docker-content-digest']).toBe(manifest.digest);
    const bad = await oci.putManifest(repo, `${manifest.digest}?tag=ok&tag=.bad`, manifest);
    expect(bad.json()).toMatchObject({ errors: [{ code: 'TAG_INVALID' }] });
    expect((await oci.head(url('ok'))).statusCode).toBe(404);
  });

  it('name each blob that is missing, one error for each', async () => {
    const pushed = image('incomplete');
    const reply = await oci.putManifest('library/empty', 'v1', pushed.manifest);
    expect(reply.statusCode).toBe(400);
    expect(reply.json<{ errors: unknown[] }>().errors).toEqual(
      [pushed.config, ...pushed.layers].map((blob) => ({
        code: 'MANIFEST_BLOB_UNKNOWN',
        message: expect.any(String),
        detail: { digest: blob.digest },
      })),
    );
    // A refused push leaves no repository behind.
    expect((await oci.get('/v2/library/empty/tags/list')).statusCode).toBe(404);
  });

  it('refuse a size that is not the blob’s', async () => {
    const pushed = image('sizes');
    await oci.pushImage(repo, 'sizes', pushed);
    const text = pushed.manifest.bytes.toString().replace(`"size":${pushed.config.bytes.length}`, '"size":1');
    const reply = await oci.putManifest(repo, 'sizes', content(text));
    expect(reply.json()).toMatchObject({
      errors: [{ code: 'MANIFEST_INVALID', message: expect.stringContaining('bytes') }],
    });
  });

  it('refuse other bytes than their digest says', async () => {
    const pushed = image('digest');
    const reply = await oci.putManifest(repo, content('other').digest, pushed.manifest);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
  });

  it('may be large, but not without bound', async () => {
    const pushed = image('large', {
      annotations: Object.fromEntries(Array.from({ length: 390 }, (_, i) => [`k${i}`, 'x'.repeat(10_000)])),
    });
    await oci.pushImage(repo, 'large', pushed);
    expect((await oci.get(url('large'))).rawPayload.length).toBe(pushed.manifest.bytes.length);
    const reply = await oci.putManifest(repo, 'huge', content(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)));
    expect(reply.statusCode).toBe(413);
  });

  it('answer what is unknown or malformed as the specification says', async () => {
    expect((await oci.get(url('nothing'))).json()).toMatchObject({ errors: [{ code: 'MANIFEST_UNKNOWN' }] });
    expect((await oci.get(url(content('x').digest))).statusCode).toBe(404);
    expect((await oci.get(url('sha256:baddigeststring'))).statusCode).toBe(400);
    expect((await oci.putManifest(repo, 'sha256:baddigeststring', image('x').manifest)).statusCode).toBe(400);
    expect((await oci.putManifest('Library/App', 'v1', image('x').manifest)).json()).toMatchObject({
      errors: [{ code: 'NAME_INVALID' }],
    });
    expect((await oci.putManifest(repo, '.x', image('x').manifest)).json()).toMatchObject({
      errors: [{ code: 'TAG_INVALID' }],
    });
  });

  it('take no other type, an empty one by its content', async () => {
    const pushed = image('types');
    await oci.pushImage(repo, 'types', pushed);
    expect(
      (
        await oci.putManifest(
          repo,
          'types',
          pushed.manifest,
          'application/vnd.docker.distribution.manifest.v1+prettyjws',
        )
      ).statusCode,
    ).toBe(400);
    const bare = await oci.send({ method: 'PUT', url: url('types'), payload: pushed.manifest.bytes });
    expect(bare.statusCode).toBe(201);
  });

  it('may leave a foreign layer elsewhere', async () => {
    const pushed = image('foreign');
    await oci.pushImage(repo, 'foreign', pushed);
    const layers = [
      descriptor('application/vnd.oci.image.layer.nondistributable.v1.tar', content('elsewhere'), {
        urls: ['https://example.com'],
      }),
    ];
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, pushed.config),
        layers,
      }),
    );
    expect((await oci.putManifest(repo, 'foreign', manifest)).statusCode).toBe(201);
  });
});

describe('deleting', () => {
  it('a tag leaves the artifact, a digest takes its tags with it', async () => {
    const pushed = image('deleted');
    await oci.pushImage(repo, 'd1', pushed);
    await oci.putManifest(repo, 'd2', pushed.manifest);
    expect((await oci.delete(url('d1'))).statusCode).toBe(202);
    expect((await oci.head(url('d1'))).statusCode).toBe(404);
    expect((await oci.head(url('d2'))).statusCode).toBe(200);
    expect((await oci.delete(url(pushed.manifest.digest))).statusCode).toBe(202);
    for (const reference of ['d2', pushed.manifest.digest])
      expect((await oci.head(url(reference))).statusCode).toBe(404);
    expect((await oci.delete(url(pushed.manifest.digest))).statusCode).toBe(404);
    expect((await oci.delete(url('d1'))).statusCode).toBe(404);
  });

  it('refuses a child of an index, and says of which', async () => {
    const child = image('child');
    await oci.pushImage(repo, child.manifest.digest, child);
    const parent = index([child]);
    await oci.putManifest(repo, 'multi', parent, OCI_INDEX);
    const refused = await oci.delete(url(child.manifest.digest));
    expect(refused.statusCode).toBe(405);
    expect(refused.json()).toMatchObject({ errors: [{ detail: { index: parent.digest } }] });
    expect((await oci.delete(url(parent.digest))).statusCode).toBe(202);
    expect((await oci.delete(url(child.manifest.digest))).statusCode).toBe(202);
  });
});

describe('indexes', () => {
  it('may be empty, nested, and name what is not here', async () => {
    const empty = index([]);
    expect((await oci.putManifest(repo, 'empty', empty, OCI_INDEX)).statusCode).toBe(201);
    const sparse = index([image('never pushed')]);
    expect((await oci.putManifest(repo, 'sparse', sparse, OCI_INDEX)).statusCode).toBe(201);
    const nested = content(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor(OCI_INDEX, sparse)] }),
    );
    expect((await oci.putManifest(repo, 'nested', nested, OCI_INDEX)).statusCode).toBe(201);
    expect((await oci.get(url('nested'))).headers['content-type']).toBe(OCI_INDEX);
  });

  it('take layers as children, as BuildKit pushes its cache', async () => {
    const blob = content('cache layer');
    await oci.pushBlob(repo, blob);
    const cache = content(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor(LAYER, blob)] }),
    );
    expect((await oci.putManifest(repo, 'cache', cache, OCI_INDEX)).statusCode).toBe(201);
    expect((await oci.delete(`/v2/${repo}/blobs/${blob.digest}`)).statusCode).toBe(405);
  });
});

describe('lists', () => {
  it('tags in byte order, in pages that end', async () => {
    const pushed = image('tags');
    for (const tag of ['b', 'A', '_', 'a', 'B']) await oci.pushImage('library/tags', tag, pushed);
    const list = (query = '') => oci.get(`/v2/library/tags/tags/list${query}`);
    expect((await list()).json()).toEqual({ name: 'library/tags', tags: ['A', 'B', '_', 'a', 'b'] });
    const first = await list('?n=2');
    expect(first.json()).toMatchObject({ tags: ['A', 'B'] });
    expect(first.headers['link']).toBe('</v2/library/tags/tags/list?n=2&last=B>; rel="next"');
    expect((await list('?n=10&last=B')).json()).toMatchObject({ tags: ['_', 'a', 'b'] });
    expect((await list('?last=AA')).json()).toMatchObject({ tags: ['B', '_', 'a', 'b'] });
    const none = await list('?n=0');
    expect(none.json()).toMatchObject({ tags: [] });
    expect(none.headers['link']).toBeUndefined();
    expect((await list('?n=-1')).json()).toMatchObject({ errors: [{ code: 'PAGINATION_NUMBER_INVALID' }] });
    expect((await oci.get('/v2/library/none/tags/list')).json()).toMatchObject({
      errors: [{ code: 'NAME_UNKNOWN' }],
    });
  });

  it('referrers, before the subject exists and by type', async () => {
    const subject = image('subject');
    const describe_ = descriptor(OCI_MANIFEST, subject.manifest);
    const list = (query = '') => oci.get(`/v2/library/ref/referrers/${subject.manifest.digest}${query}`);
    const nothing = await list();
    expect(nothing.statusCode).toBe(200);
    expect(nothing.headers['content-type']).toBe(OCI_INDEX);
    expect(nothing.json()).toMatchObject({ manifests: [] });

    const typed = image('typed', { artifactType: 'text/sbom', subject: describe_, annotations: { a: 'b' } });
    const untyped = image('untyped', { subject: describe_ });
    for (const referrer of [typed, untyped]) {
      await oci.pushImage('library/ref', referrer.manifest.digest, referrer);
      // Also when nothing changes by it.
      const again = await oci.putManifest('library/ref', referrer.manifest.digest, referrer.manifest);
      expect(again.headers['oci-subject']).toBe(subject.manifest.digest);
    }
    const all = (await list()).json<{
      manifests: { digest: string; artifactType: string; annotations?: unknown }[];
    }>().manifests;
    expect(all.map((item) => item.digest).toSorted()).toEqual(
      [typed.manifest.digest, untyped.manifest.digest].toSorted(),
    );
    const filtered = await list('?artifactType=text/sbom');
    expect(filtered.headers['oci-filters-applied']).toBe('artifactType');
    expect(filtered.json<{ manifests: unknown[] }>().manifests).toEqual([
      {
        mediaType: OCI_MANIFEST,
        digest: typed.manifest.digest,
        size: typed.manifest.bytes.length,
        artifactType: 'text/sbom',
        annotations: { a: 'b' },
      },
    ]);
    expect((await oci.get('/v2/library/ref/referrers/sha256:bad')).statusCode).toBe(400);
  });

  it('referrers in pages that fit a client', async () => {
    const subject = image('popular');
    for (let i = 0; i < 8; i++) {
      const referrer = image(`big ${i}`, {
        subject: descriptor(OCI_MANIFEST, subject.manifest),
        annotations: { big: 'x'.repeat(600_000) },
      });
      await oci.pushImage('library/pages', referrer.manifest.digest, referrer);
    }
    const seen: string[] = [];
    let next: string | undefined = `/v2/library/pages/referrers/${subject.manifest.digest}`;
    let pages = 0;
    while (next !== undefined) {
      const reply = await oci.get(next);
      expect(reply.rawPayload.length).toBeLessThan(4 * 1024 * 1024);
      seen.push(...reply.json<{ manifests: { digest: string }[] }>().manifests.map((item) => item.digest));
      next = /<(.+)>/.exec(String(reply.headers['link'] ?? ''))?.[1];
      pages++;
    }
    expect(pages).toBeGreaterThan(1);
    expect(new Set(seen).size).toBe(8);
  });

  it('the catalog, by what one may pull', async () => {
    const all = (await oci.get('/v2/_catalog')).json<{ repositories: string[] }>().repositories;
    expect(all).toContain(repo);
    expect(all).toEqual(all.toSorted());
    const page = await oci.get('/v2/_catalog?n=1');
    expect(page.json()).toEqual({ repositories: all.slice(0, 1) });
    expect(page.headers['link']).toContain(`last=${encodeURIComponent(all[0] ?? '')}`);
  });
});
