import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '#server/access/principal.ts';
import { mintProjectScope } from '#server/access/scope.ts';
import { createAdditions } from '#server/domain/artifacts/additions.ts';
import type { RecordDeps } from '#server/domain/artifacts/record-deps.ts';
import type { Digest } from '#server/lib/digest.ts';
import { AppError } from '#server/lib/errors.ts';
import { HELM_CHART, HELM_CONFIG, OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { makeTar } from '#test/support/tar.ts';
import { addProject } from './people.ts';

let server: TestServer;
let oci: OciClient;

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
});
afterAll(() => server.close());

describe('additions that are asked for at once', () => {
  const sbom = 'application/vnd.goharbor.harbor.sbom.v1';
  const kinds: readonly (readonly [string, string, string, Buffer])[] = [
    ['build_history', OCI_CONFIG, 'application/octet-stream', Buffer.from('x')],
    ['sbom', sbom, sbom, Buffer.from('{"an":"sbom"}')],
    [
      'values.yaml',
      HELM_CONFIG,
      HELM_CHART,
      gzipSync(makeTar([{ name: 'web/values.yaml', content: 'at: once' }])),
    ],
  ];
  it.each(kinds)(
    'are read two at a time, and refused where too many wait: %s',
    async (name, configType, layerType, bytes) => {
      const repository = `at-once/${name.replace('_', '-')}`;
      const [config, layer] = [content(JSON.stringify({ history: [], of: name })), content(bytes)];
      for (const blob of [config, layer]) await oci.pushBlob(`web/${repository}`, blob);
      const { digest, ...pushed } = content(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          config: descriptor(configType, config),
          layers: [descriptor(layerType, layer)],
        }),
      );
      const reply = await oci.putManifest(`web/${repository}`, 'v1', { digest, ...pushed });
      expect(reply.statusCode, reply.body).toBe(201);
      const { db, storage } = server.context;
      let reading = 0;
      let most = 0;
      let open = (): void => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      const held = {
        ...storage,
        async size(asked: Digest) {
          most = Math.max(most, ++reading);
          await opened;
          return storage.size(asked).finally(() => reading--);
        },
      };
      // Nothing else of these is used to read.
      const additions = createAdditions({ db, storage: held } as unknown as RecordDeps);
      const project = { name: 'web', ownerId: 1, createdAtMs: 1, isPublic: false, allowsSparse: false };
      const { id } = await db.read
        .selectFrom('project')
        .select('id')
        .where('name', '=', 'web')
        .executeTakeFirstOrThrow();
      const scope = mintProjectScope({
        project: { id, ...project },
        principal: ANONYMOUS,
        roles: [],
        requestId: 'test',
        address: '',
      });
      let refused = 0;
      const asked = Array.from({ length: 110 }, () =>
        additions.read(scope, { repository, reference: digest }, name).catch((error: unknown) => {
          refused++;
          return error;
        }),
      );
      // Eight are beyond the two that are read and the hundred that wait.
      await expect.poll(() => refused).toBe(8);
      open();
      const results = await Promise.all(asked);
      expect(most).toBe(2);
      const errors = results.filter((result) => result instanceof AppError);
      expect(errors.map((error) => [error.code, error.headers])).toEqual(
        Array.from({ length: 8 }, () => ['too_many_requests', { 'Retry-After': '2' }]),
      );
      expect(results.length - errors.length).toBe(102);
    },
  );
});
