import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELM_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { content, descriptor, type Content } from '#test/support/oci.ts';
import { openOrasGo, type OrasGo } from './oras-go.ts';
import { errorsOf, makeHarbour, type Harbour } from './wire.ts';

const chartType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const provenanceType = 'application/vnd.cncf.helm.chart.provenance.v1.prov';
const repository = 'harbour/charts/mast';

interface Chart {
  readonly meta: { readonly name: string; readonly version: string };
  readonly config: Content;
  readonly archive: Content;
  readonly provenance: Content;
  readonly manifest: Content;
  readonly tag: string;
}

/** A chart as `helm package --sign` and `helm push` make it; an older Helm wrote the manifest without a media type. */
function makeChart(version: string, extra: object = { mediaType: OCI_MANIFEST }): Chart {
  const meta = { apiVersion: 'v2', name: 'mast', version, appVersion: '1.16.0', type: 'application' };
  const archive = content(gzipSync(`mast/Chart.yaml\nversion: ${version}\n`));
  const hex = createHash('sha256').update(archive.bytes).digest('hex');
  const provenance = content(
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: mast\nversion: ${version}\n\n...\nfiles:\n  mast-${version}.tgz: sha256:${hex}\n-----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n`,
  );
  const config = content(JSON.stringify(meta));
  const layers = [
    { type: chartType, blob: archive },
    { type: provenanceType, blob: provenance },
  ].toSorted((a, b) => (a.blob.digest < b.blob.digest ? -1 : 1));
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      ...extra,
      config: descriptor(HELM_CONFIG, config),
      layers: layers.map(({ type, blob }) => descriptor(type, blob)),
      annotations: {
        'org.opencontainers.image.title': 'mast',
        'org.opencontainers.image.version': version,
      },
    }),
  );
  // A tag has no plus sign (OCI distribution spec); Helm writes and reads it as an underscore.
  return { meta, config, archive, provenance, manifest, tag: version.replaceAll('+', '_') };
}

let harbour: Harbour;
let helm: OrasGo;
beforeAll(async () => {
  harbour = await makeHarbour();
  helm = openOrasGo(harbour.server, { userAgent: 'Helm/3.22.0', account: harbour.developer, oauth: true });
});
afterAll(() => harbour.close());

async function push(chart: Chart): Promise<void> {
  for (const blob of [chart.config, chart.archive, chart.provenance]) {
    if (!(await helm.exists(repository, blob))) await helm.pushBlob(repository, blob);
  }
  const { manifest, tag } = chart;
  await helm.pushManifest(repository, { content: manifest, mediaType: OCI_MANIFEST, reference: tag });
}

describe('helm 3.22', () => {
  it('signs in by POST with its password, for no scope', async () => {
    const login = openOrasGo(harbour.server, {
      userAgent: 'Helm/3.22.0',
      account: harbour.developer,
      oauth: true,
    });
    expect((await login.ask({ method: 'GET', url: '/v2/' }, [])).status).toBe(200);
    expect(login.wire.lines).toEqual(['GET /v2/ 401', 'POST /service/token 200', 'GET /v2/ 200']);
  });

  it('tells a wrong password, and then tries GET, which tells it too', async () => {
    const account = { username: 'nobody-here', password: 'wrong-Password-1' };
    for (const oauth of [true, false]) {
      const login = openOrasGo(harbour.server, { userAgent: 'Helm/3.22.0', account, oauth });
      await expect(login.ask({ method: 'GET', url: '/v2/' }, [])).rejects.toThrow('401');
    }
  });

  it('pushes a chart with its provenance', async () => {
    await push(makeChart('1.2.3'));
    expect(await helm.resolve(repository, '1.2.3')).toMatchObject({
      digest: makeChart('1.2.3').manifest.digest,
    });
  });

  it('pulls it: the manifest by its digest, then config, chart and provenance', async () => {
    const chart = makeChart('1.2.3');
    const bytes = await helm.fetchManifest(repository, await helm.resolve(repository, '1.2.3'));
    expect(bytes).toEqual(chart.manifest.bytes);
    for (const blob of [chart.config, chart.archive, chart.provenance])
      await helm.fetchBlob(repository, blob);
  });

  it('takes a manifest of an older Helm, which names no media type in it, and gives it back as it is', async () => {
    const chart = makeChart('0.9.0', {});
    await push(chart);
    const found = await helm.resolve(repository, '0.9.0');
    expect(found.mediaType).toBe(OCI_MANIFEST);
    expect(await helm.fetchManifest(repository, found)).toEqual(chart.manifest.bytes);
  });

  it('finds all versions in one list without a page size, build metadata included', async () => {
    const withMetadata = makeChart('1.3.0+build.7');
    await push(withMetadata);
    const reply = await helm.ask({ method: 'GET', url: `/v2/${repository}/tags/list` }, [
      `repository:${repository}:pull`,
    ]);
    expect(reply.headers['link']).toBeUndefined();
    const { tags } = JSON.parse(reply.bytes.toString()) as { tags: string[] };
    expect(tags.map((tag) => tag.replaceAll('_', '+'))).toEqual(['0.9.0', '1.2.3', '1.3.0+build.7']);
    const plus = await helm.ask(
      {
        method: 'PUT',
        url: `/v2/${repository}/manifests/1.3.0+build.7`,
        headers: { 'content-type': OCI_MANIFEST },
        body: withMetadata.manifest.bytes,
      },
      [`repository:${repository}:pull,push`],
    );
    expect(plus.status).toBe(400);
    expect(errorsOf(plus)[0]?.code).toBe('TAG_INVALID');
  });
});
