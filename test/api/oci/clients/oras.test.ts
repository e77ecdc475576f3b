import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_MANIFEST } from '#server/lib/media-types.ts';
import { content, descriptor, type Content } from '#test/support/oci.ts';
import { openOrasGo, type OrasGo } from './oras-go.ts';
import { HOST, makeHarbour, type Harbour } from './wire.ts';

/** The descriptor of `{}`, with which oras fills a config that nobody gave (OCI image spec, "Guidance for an Empty Descriptor"). */
const empty = content('{}');
const emptyType = 'application/vnd.oci.empty.v1+json';
const repository = 'harbour/files';
const artifactType = 'application/vnd.example.report.v1';

let harbour: Harbour;
let oras: OrasGo;
const file = content('a report of some pages\n'.repeat(200));

beforeAll(async () => {
  harbour = await makeHarbour();
  oras = openOrasGo(harbour.server, { userAgent: 'oras/1.3.0', account: harbour.developer });
});
afterAll(() => harbour.close());

function artifact(layer: Content, extra: object = {}): Content {
  return content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: { ...descriptor(emptyType, empty), data: 'e30=' },
      layers: [
        descriptor('text/plain', layer, { annotations: { 'org.opencontainers.image.title': 'report.txt' } }),
      ],
      annotations: { 'org.opencontainers.image.created': '2026-01-02T03:04:05Z' },
      ...extra,
    }),
  );
}

describe('oras (oras-go 2.6)', () => {
  it('pushes a file: HEAD, POST, one PUT for each blob, and the manifest by its tag', async () => {
    for (const blob of [empty, file]) {
      expect(await oras.exists(repository, blob)).toBe(false);
      await oras.pushBlob(repository, blob);
      expect(await oras.exists(repository, blob)).toBe(true);
    }
    await oras.pushManifest(repository, {
      content: artifact(file),
      mediaType: OCI_MANIFEST,
      reference: 'v1',
    });
    // One challenge for reading and one for writing; the token of each is used again.
    expect(oras.wire.lines.filter((line) => line.endsWith(' 401'))).toHaveLength(2);
    expect(oras.wire.lines.filter((line) => line.startsWith('GET /service/token'))).toEqual([
      'GET /service/token?scope=repository%3Aharbour%2Ffiles%3Apull&service=berth 200',
      'GET /service/token?scope=repository%3Aharbour%2Ffiles%3Apull%2Cpush&service=berth 200',
    ]);
  });

  it('pulls it by the digest that the tag stands for, and seeks in its blobs', async () => {
    const found = await oras.resolve(repository, 'v1');
    expect(found).toEqual({
      mediaType: OCI_MANIFEST,
      digest: artifact(file).digest,
      size: artifact(file).bytes.length,
    });
    expect(await oras.fetchManifest(repository, found)).toEqual(artifact(file).bytes);
    await oras.fetchBlob(repository, file);
    const part = await oras.ask(
      {
        method: 'GET',
        url: `/v2/${repository}/blobs/${file.digest}`,
        headers: { range: `bytes=100-${file.bytes.length - 1}` },
      },
      [`repository:${repository}:pull`],
    );
    expect(part.status).toBe(206);
    expect(part.bytes).toEqual(file.bytes.subarray(100));
  });

  it('attaches an artifact, and leaves the list of referrers to the registry', async () => {
    const subject = await oras.resolve(repository, 'v1');
    const note = content('looks good');
    await oras.pushBlob(repository, note);
    const attached = artifact(note, { subject });
    const reply = await oras.pushManifest(repository, { content: attached, mediaType: OCI_MANIFEST });
    // Without this header it would write the tag sha256-HEX by itself.
    expect(reply.headers['oci-subject']).toBe(subject.digest);
    const { manifests } = await oras.referrers(repository, subject.digest, artifactType);
    expect(manifests).toMatchObject([{ digest: attached.digest, artifactType }]);
    expect((await oras.referrers(repository, subject.digest)).manifests).toHaveLength(1);
    expect((await oras.referrers(repository, subject.digest, 'application/none')).manifests).toEqual([]);
  });

  it('learns from the referrers of a digest of zeros that the registry keeps them', async () => {
    const { manifests } = await oras.referrers(repository, `sha256:${'0'.repeat(64)}`);
    expect(manifests).toEqual([]);
  });

  it('copies to another repository by mounts, with one token for both', async () => {
    const target = 'harbour/copied';
    const scopes = [`repository:${target}:pull,push`, `repository:${repository}:pull`];
    for (const blob of [empty, file]) {
      const url = `/v2/${target}/blobs/uploads/?mount=${blob.digest}&from=${repository}`;
      const reply = await oras.ask({ method: 'POST', url }, scopes);
      expect(reply.status).toBe(201);
      expect(reply.headers['docker-content-digest']).toBe(blob.digest);
    }
    await oras.pushManifest(target, { content: artifact(file), mediaType: OCI_MANIFEST, reference: 'v1' });
    expect(await oras.resolve(target, 'v1')).toEqual(await oras.resolve(repository, 'v1'));
  });

  it('lists tags page by page, by a Link on the same host', async () => {
    for (const reference of ['v2', 'v3'])
      await oras.pushManifest(repository, { content: artifact(file), mediaType: OCI_MANIFEST, reference });
    const tags: string[] = [];
    let next: string | undefined = `/v2/${repository}/tags/list?n=2`;
    for (let page = 0; next !== undefined && page < 5; page += 1) {
      const reply = await oras.ask({ method: 'GET', url: next }, [`repository:${repository}:pull`]);
      expect(reply.status).toBe(200);
      tags.push(...(JSON.parse(reply.bytes.toString()) as { tags: string[] }).tags);
      const link: string | undefined = /^<([^>]+)>; ?rel="next"$/.exec(reply.headers['link'] ?? '')?.[1];
      next = link && new URL(link, `http://${HOST}`).href;
    }
    expect(tags).toEqual(['v1', 'v2', 'v3']);
  });

  it('lists repositories with a token for the catalog', async () => {
    const reply = await oras.ask({ method: 'GET', url: '/v2/_catalog' }, ['registry:catalog:*']);
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.bytes.toString())).toEqual({ repositories: ['harbour/copied', 'harbour/files'] });
  });

  it('is refused a manifest of its first days, and so packs an image manifest', async () => {
    const old = 'application/vnd.oci.artifact.manifest.v1+json';
    const body = JSON.stringify({ mediaType: old, artifactType, blobs: [] });
    const reply = await oras.ask(
      { method: 'PUT', url: `/v2/${repository}/manifests/old`, headers: { 'content-type': old }, body },
      [`repository:${repository}:pull,push`],
    );
    expect(reply.status).toBe(400);
  });
});
