import { expect } from 'vitest';
import { OCI_INDEX } from '#server/lib/media-types.ts';
import type { Content } from '#test/support/oci.ts';
import type { Credentials, TestServer } from '#test/support/server.ts';
import {
  basic,
  challengeOf,
  openWire,
  tokenOf,
  uploadUrl,
  type Reply,
  type Wire,
  type WireRequest,
} from './wire.ts';

/** What oras-go accepts when it resolves a tag (registry/remote/manifest.go). */
const resolvable = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ');

export interface OrasOptions {
  readonly userAgent: string;
  readonly account?: Credentials;
  /** helm asks by POST first (ForceAttemptOAuth2). */
  readonly oauth?: boolean;
}

interface Resolved {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface ReferrersIndex {
  readonly manifests: readonly {
    readonly digest: string;
    readonly artifactType?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

export interface OrasGo {
  readonly wire: Wire;
  /** Sends a request with the token that it has for these scopes; after a challenge gets one and sends it again. */
  readonly ask: (request: WireRequest, scopes: readonly string[]) => Promise<Reply>;
  readonly exists: (repository: string, blob: Content) => Promise<boolean>;
  readonly pushBlob: (repository: string, blob: Content) => Promise<void>;
  readonly fetchBlob: (repository: string, blob: Content) => Promise<void>;
  /** Pushes a manifest under a reference; gives back whether the registry minds its subject by itself. */
  readonly pushManifest: (
    repository: string,
    manifest: { readonly content: Content; readonly mediaType: string; readonly reference?: string },
  ) => Promise<Reply>;
  readonly resolve: (repository: string, reference: string) => Promise<Resolved>;
  readonly fetchManifest: (repository: string, wanted: Resolved) => Promise<Buffer>;
  readonly referrers: (repository: string, digest: string, artifactType?: string) => Promise<ReferrersIndex>;
}

const scopeOf = (repository: string, ...actions: readonly string[]): string =>
  `repository:${repository}:${actions.join(',')}`;

/** oras-go v2 (registry/remote): what oras, helm from 3.18 and notation speak. Its own checks of replies are kept. */
export function openOrasGo(server: TestServer, options: OrasOptions): OrasGo {
  const wire = openWire(server, options.userAgent);
  const ask = createAuth(wire, options);
  const url = (repository: string, kind: string, name: string): string => `/v2/${repository}/${kind}/${name}`;
  const client: OrasGo = {
    wire,
    ask,
    async exists(repository, blob) {
      const request = { method: 'HEAD', url: url(repository, 'blobs', blob.digest) };
      const reply = await ask(request, [scopeOf(repository, 'pull')]);
      if (reply.status === 404) return false;
      expect(reply.status).toBe(200);
      expect(reply.headers['content-length']).toBe(String(blob.bytes.length));
      expect(reply.headers['docker-content-digest']).toBe(blob.digest);
      return true;
    },
    async pushBlob(repository, blob) {
      const post = { method: 'POST', url: `/v2/${repository}/blobs/uploads/` };
      const session = await ask(post, [scopeOf(repository, 'pull', 'push')]);
      expect(session.status).toBe(202);
      await finish(ask, { repository, blob, session });
    },
    async fetchBlob(repository, blob) {
      const request = { method: 'GET', url: url(repository, 'blobs', blob.digest) };
      const reply = await ask(request, [scopeOf(repository, 'pull')]);
      expect(reply.status).toBe(200);
      expect(reply.headers['content-length']).toBe(String(blob.bytes.length));
      expect(reply.headers['docker-content-digest']).toBe(blob.digest);
      // By this it knows that it may seek.
      expect(reply.headers['accept-ranges']).toBe('bytes');
      expect(reply.bytes.equals(blob.bytes)).toBe(true);
    },
    async pushManifest(repository, { content, mediaType, reference = content.digest }) {
      const request = {
        method: 'PUT',
        url: url(repository, 'manifests', reference),
        headers: { 'content-type': mediaType },
        body: content.bytes,
      };
      const reply = await ask(request, [scopeOf(repository, 'pull', 'push')]);
      expect(reply.status, reply.bytes.toString()).toBe(201);
      expect(reply.headers['docker-content-digest']).toBe(content.digest);
      return reply;
    },
    async resolve(repository, reference) {
      const request = {
        method: 'HEAD',
        url: url(repository, 'manifests', reference),
        headers: { accept: resolvable },
      };
      const reply = await ask(request, [scopeOf(repository, 'pull')]);
      expect(reply.status).toBe(200);
      const {
        'content-type': mediaType,
        'content-length': size,
        'docker-content-digest': digest,
      } = reply.headers;
      return { mediaType: mediaType ?? '', digest: digest ?? '', size: Number(size) };
    },
    async fetchManifest(repository, { digest, mediaType, size }) {
      const request = {
        method: 'GET',
        url: url(repository, 'manifests', digest),
        headers: { accept: mediaType },
      };
      const reply = await ask(request, [scopeOf(repository, 'pull')]);
      expect(reply.status).toBe(200);
      expect(reply.headers['content-type']).toBe(mediaType);
      expect(reply.headers['content-length']).toBe(String(size));
      expect(reply.headers['docker-content-digest']).toBe(digest);
      return reply.bytes;
    },
    async referrers(repository, digest, artifactType) {
      const filter = artifactType === undefined ? '' : `?${new URLSearchParams({ artifactType })}`;
      const request = { method: 'GET', url: `${url(repository, 'referrers', digest)}${filter}` };
      const reply = await ask(request, [scopeOf(repository, 'pull')]);
      expect(reply.status).toBe(200);
      // With any parameter it takes the API for missing, and begins to write fallback tags.
      expect(reply.headers['content-type']).toBe(OCI_INDEX);
      if (artifactType !== undefined) expect(reply.headers['oci-filters-applied']).toBe('artifactType');
      return JSON.parse(reply.bytes.toString()) as ReferrersIndex;
    },
  };
  return client;
}

/** The end of an upload: one PUT with the whole blob, with the credential of the POST before. */
async function finish(
  ask: OrasGo['ask'],
  { repository, blob, session }: { repository: string; blob: Content; session: Reply },
): Promise<void> {
  const request = {
    method: 'PUT',
    url: uploadUrl(session, blob.digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: blob.bytes,
  };
  const done = await ask(request, [scopeOf(repository, 'pull', 'push')]);
  expect(done.status, done.bytes.toString()).toBe(201);
}

/** auth.Client: tokens by their scopes; those of the caller and of the challenge together, sorted. */
function createAuth(wire: Wire, { account, oauth = false }: OrasOptions): OrasGo['ask'] {
  const tokens = new Map<string, string>();
  const fetchToken = async (realm: string, service: string, scopes: readonly string[]): Promise<string> => {
    if (oauth && account) {
      const form = new URLSearchParams({
        client_id: 'oras-go',
        grant_type: 'password',
        password: account.password,
        ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
        service,
        username: account.username,
      });
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return tokenOf(await wire.send({ method: 'POST', url: realm, headers, body: form.toString() }));
    }
    const query = new URLSearchParams([...scopes.map((scope) => ['scope', scope]), ['service', service]]);
    const headers = account ? { authorization: basic(account) } : {};
    return tokenOf(await wire.send({ method: 'GET', url: `${realm}?${query}`, headers }));
  };
  return async (request, scopes) => {
    const known = tokens.get(scopes.join(' '));
    const first = await wire.send(withToken(request, known));
    if (first.status !== 401) return first;
    const { realm, service, scope } = challengeOf(first);
    const wanted = cleanScopes([...scopes, ...(scope === undefined ? [] : scope.split(' '))]);
    const token = await fetchToken(realm, service, wanted);
    tokens.set(scopes.join(' '), token).set(wanted.join(' '), token);
    return wire.send(withToken(request, token));
  };
}

function withToken(request: WireRequest, token: string | undefined): WireRequest {
  if (token === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}

/** One scope for each resource, with its actions sorted, as oras-go merges them. */
function cleanScopes(scopes: readonly string[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const end = scope.lastIndexOf(':');
    const resource = scope.slice(0, end);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(end + 1).split(',')) known.add(action);
    actions.set(resource, known);
  }
  return [...actions].map(([resource, set]) => `${resource}:${[...set].toSorted().join(',')}`).toSorted();
}
