import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addProject, API } from '#test/api/people.ts';
import { client, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

const ROUNDS = 10;
const times = <T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)));

const statuses = (replies: readonly { statusCode: number }[]): number[] =>
  replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b);

describe('the same thing done by several at once', () => {
  let server: TestServer;
  let oci: OciClient;

  beforeAll(async () => {
    server = await makeServer();
    oci = client(server);
    await addProject(server, 'crowd');
  });
  afterAll(() => server.close());

  const artifactCount = async (): Promise<number> =>
    (await server.inject({ url: `${API}/projects/crowd/repositories/app`, as: 'admin' })).json<{
      artifact_count: number;
    }>().artifact_count;

  it('is done once, and counted once: pushes, then deletes', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { config, layers, manifest } = image(`crowd ${round}`);
      for (const blob of [config, ...layers]) await oci.pushBlob('crowd/app', blob);
      const pushes = await times(4, () => oci.putManifest('crowd/app', manifest.digest, manifest));
      expect(pushes.map((reply) => reply.statusCode)).toEqual([201, 201, 201, 201]);
      expect(await artifactCount()).toBe(1);
      const deletes = await times(3, () => oci.delete(`/v2/crowd/app/manifests/${manifest.digest}`));
      expect(statuses(deletes)).toEqual([202, 404, 404]);
      expect(await artifactCount()).toBe(0);
    }
  });

  it('makes a tag of one name once', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const one = image(`tag ${round}`);
      await oci.pushImage('crowd/app', one.manifest.digest, one);
      const url = `${API}/projects/crowd/repositories/app/artifacts/${one.manifest.digest}/tags`;
      const made = await times(3, () =>
        server.inject({ method: 'POST', url, as: 'admin', payload: { name: `t${round}` } }),
      );
      expect(statuses(made)).toEqual([201, 409, 409]);
    }
  });
});
