import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, cosignSignature, cosignTag, descriptor, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, API } from './people.ts';

let server: TestServer;
let oci: OciClient;

const PROJECT = `${API}/projects/web`;
const at = (repository: string): string => `${PROJECT}/repositories/${repository}/artifacts`;
const get = (url: string) => server.inject({ url, as: 'admin' });
const app = image('app');
const subject = descriptor(OCI_MANIFEST, app.manifest);

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
});
afterAll(() => server.close());

const of = async (repository: string, digest: string, query = ''): Promise<{ digest: string }[]> =>
  (await get(`${at(repository)}/${digest}/accessories${query}`)).json();
const listed = async (repository: string, query = ''): Promise<{ digest: string }[]> =>
  (await get(`${at(repository)}${query}`)).json();

describe('an artifact whose subject goes', () => {
  const sbom = image('sbom that outlives', { subject });
  const signed = cosignSignature('outlives');
  const shown = async (repository: string) =>
    (await listed(repository)).map((each) => each.digest).toSorted();
  const kept = [sbom.manifest.digest, signed.manifest.digest].toSorted();

  it('by the protocol alone is still its referrer, is listed, and belongs to it again when it comes', async () => {
    await oci.pushImage('web/outlives', 'v1', app);
    await oci.pushImage('web/outlives', sbom.manifest.digest, sbom);
    await oci.pushImage('web/outlives', cosignTag(app.manifest.digest), signed);
    for (let time = 0; time < 2; time++) {
      expect((await oci.delete(`/v2/web/outlives/manifests/${app.manifest.digest}`)).statusCode).toBe(202);
      expect(await shown('outlives')).toEqual(kept);
      expect((await get(at('outlives'))).headers['x-total-count']).toBe('2');
      expect(await listed('outlives', '?q=base=*')).toHaveLength(2);
      // Pushed again it is not hidden either.
      await oci.putManifest('web/outlives', sbom.manifest.digest, sbom.manifest);
      expect(await shown('outlives')).toEqual(kept);
      const referrers = await oci.get(`/v2/web/outlives/referrers/${app.manifest.digest}`);
      expect(referrers.json()).toMatchObject({ manifests: [{ digest: sbom.manifest.digest }] });
      await oci.pushImage('web/outlives', 'v1', app);
      expect(await shown('outlives')).toEqual([app.manifest.digest]);
      expect(await of('outlives', 'v1', '?sort=id')).toMatchObject([
        { digest: sbom.manifest.digest, type: 'subject.accessory' },
        { digest: signed.manifest.digest, type: 'signature.cosign' },
      ]);
    }
  });

  it('is listed where it was copied alone, and belongs to it where that is', async () => {
    await oci.pushImage('web/orphan', 'v1', app);
    await oci.pushImage('web/orphan', sbom.manifest.digest, sbom);
    await oci.delete(`/v2/web/orphan/manifests/${app.manifest.digest}`);
    await oci.pushImage('web/orphan-home', 'v1', app);
    for (const repository of ['orphan-away', 'orphan-home']) {
      const from = encodeURIComponent(`web/orphan@${sbom.manifest.digest}`);
      const reply = await server.inject({
        method: 'POST',
        url: `${at(repository)}?from=${from}`,
        as: 'admin',
      });
      expect(reply.statusCode, reply.body).toBe(201);
    }
    expect(await shown('orphan-away')).toEqual([sbom.manifest.digest]);
    expect(await shown('orphan-home')).toEqual([app.manifest.digest]);
  });
});
