import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Credentials, TestServer } from '#test/support/server.ts';

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { type: 'layers', diff_ids: [] },
});

/** Digest of the one blob that every image of {@link pushImage} has. */
export const CONFIG_DIGEST = digestOf(config);

/** Pushes the smallest image there is over /v2 and resolves to its digest. */
export async function pushImage(
  server: TestServer,
  repository: string,
  options: { tag?: string; as?: 'admin' | Credentials } = {},
): Promise<string> {
  const as = options.as ?? 'admin';
  const blob = await server.inject({
    method: 'POST',
    url: `/v2/${repository}/blobs/uploads/?digest=${CONFIG_DIGEST}`,
    as,
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(config),
  });
  expect(blob.statusCode, blob.body).toBe(201);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: CONFIG_DIGEST,
      size: config.length,
    },
    layers: [],
    annotations: { repository },
  });
  const put = await server.inject({
    method: 'PUT',
    url: `/v2/${repository}/manifests/${options.tag ?? 'latest'}`,
    as,
    headers: { 'content-type': mediaType },
    payload: Buffer.from(manifest),
  });
  expect(put.statusCode, put.body).toBe(201);
  return digestOf(manifest);
}
