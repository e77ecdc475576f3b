import { expect } from 'vitest';
import type { Content } from '#test/support/oci.ts';
import type { Credentials, TestServer } from '#test/support/server.ts';
import {
  basic,
  challengeOf,
  HOST,
  openWire,
  tokenOf,
  uploadUrl,
  type Reply,
  type Wire,
  type WireRequest,
} from './wire.ts';

export interface GgcrOptions {
  readonly userAgent: string;
  readonly account?: Credentials;
}

/** A registry client for one set of scopes, as go-containerregistry makes one for each operation. */
export interface Ggcr {
  readonly wire: Wire;
  readonly ask: (request: WireRequest) => Promise<Reply>;
  /** Uploads a blob unless it is there: HEAD, POST with a JSON type and no body, PATCH, PUT. */
  readonly uploadBlob: (
    repository: string,
    blob: Content,
    mountFrom?: string,
  ) => Promise<'existing' | 'mounted' | 'pushed'>;
  readonly startUpload: (repository: string, query?: string) => Promise<Reply>;
  readonly putManifest: (
    repository: string,
    reference: string,
    manifest: { content: Content; mediaType: string },
  ) => Promise<void>;
  readonly getManifest: (repository: string, reference: string, accept: readonly string[]) => Promise<Reply>;
  readonly headManifest: (repository: string, reference: string, accept: readonly string[]) => Promise<Reply>;
}

export const pushScope = (repository: string): string => `repository:${repository}:push,pull`;
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** go-containerregistry (pkg/v1/remote): pings, gets one token for all its scopes, and sends it with each request. */
export async function openGgcr(
  server: TestServer,
  { userAgent, account }: GgcrOptions,
  scopes: readonly string[],
): Promise<Ggcr> {
  const wire = openWire(server, userAgent);
  const ping = await wire.send({ method: 'GET', url: `http://${HOST}/v2/` });
  const { realm, service } = challengeOf(ping);
  const query = new URLSearchParams([...scopes.map((scope) => ['scope', scope]), ['service', service]]);
  const headers = account ? { authorization: basic(account) } : {};
  const token = tokenOf(await wire.send({ method: 'GET', url: `${realm}?${query}`, headers }));
  const ask = (request: WireRequest): Promise<Reply> =>
    wire.send({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
  return { wire, ask, ...blobs(ask), ...manifests(ask) };
}

function blobs(ask: Ggcr['ask']): Pick<Ggcr, 'uploadBlob' | 'startUpload'> {
  const startUpload: Ggcr['startUpload'] = (repository, query = '') =>
    ask({
      method: 'POST',
      url: `/v2/${repository}/blobs/uploads/${query}`,
      headers: { 'content-type': 'application/json', 'content-length': '0' },
    });
  return {
    startUpload,
    async uploadBlob(repository, blob, mountFrom) {
      const found = await ask({ method: 'HEAD', url: `/v2/${repository}/blobs/${blob.digest}` });
      if (found.status === 200) return 'existing';
      expect(found.status).toBe(404);
      // Sorted and encoded by Go's Values.Encode.
      const mount =
        mountFrom === undefined
          ? ''
          : `?${new URLSearchParams({ from: mountFrom, mount: blob.digest, origin: HOST })}`;
      const session = await startUpload(repository, mount);
      if (session.status === 201) return 'mounted';
      expect(session.status).toBe(202);
      const location = new URL(session.headers['location'] ?? '', `http://${HOST}${session.url}`);
      const octets = { 'content-type': 'application/octet-stream' };
      const streamed = await ask({ method: 'PATCH', url: location.href, headers: octets, body: blob.bytes });
      expect([201, 202, 204]).toContain(streamed.status);
      const done = await ask({
        method: 'PUT',
        url: uploadUrl(streamed, blob.digest),
        headers: { ...octets, 'content-length': '0' },
      });
      expect(done.status, done.bytes.toString()).toBe(201);
      return 'pushed';
    },
  };
}

function manifests(ask: Ggcr['ask']): Pick<Ggcr, 'putManifest' | 'getManifest' | 'headManifest'> {
  const url = (repository: string, reference: string): string => `/v2/${repository}/manifests/${reference}`;
  return {
    async putManifest(repository, reference, { content, mediaType }) {
      const headers = { 'content-type': mediaType };
      const reply = await ask({
        method: 'PUT',
        url: url(repository, reference),
        headers,
        body: content.bytes,
      });
      expect(reply.status, reply.bytes.toString()).toBe(201);
    },
    getManifest: (repository, reference, accept) =>
      ask({ method: 'GET', url: url(repository, reference), headers: { accept: accept.join(',') } }),
    async headManifest(repository, reference, accept) {
      const reply = await ask({
        method: 'HEAD',
        url: url(repository, reference),
        headers: { accept: accept.join(',') },
      });
      // It gives up where one of these is missing.
      if (reply.status === 200)
        expect(reply.headers).toMatchObject({
          'content-type': expect.stringMatching(/./),
          'content-length': expect.stringMatching(/^\d+$/),
          'docker-content-digest': expect.stringMatching(/^sha256:/),
        });
      return reply;
    },
  };
}
