import { expect } from 'vitest';
import type { Content } from '#test/support/oci.ts';
import type { Credentials, TestServer } from '#test/support/server.ts';
import {
  basic,
  challengeOf,
  openWire,
  tokenOf,
  uploadUrl,
  type Challenge,
  type Reply,
  type Wire,
  type WireRequest,
} from './wire.ts';

export interface ContainerdOptions {
  readonly userAgent: string;
  readonly account?: Credentials;
  /** The name in `client_id`. */
  readonly clientId?: string;
}

export interface Pushed {
  readonly content: Content;
  readonly mediaType: string;
}

export interface Containerd {
  readonly wire: Wire;
  /** Sends a request with a token for these scopes; learns of tokens by the first challenge only. */
  readonly ask: (request: WireRequest, scopes: readonly string[]) => Promise<Reply>;
  /** HEAD, POST, with a mount where a source is known, and one PUT with the whole blob. */
  readonly pushBlob: (
    repository: string,
    blob: Pushed,
    mountFrom?: string,
  ) => Promise<'existing' | 'mounted' | 'pushed'>;
  /** HEAD by the reference, and PUT unless the digest there is the same already. */
  readonly pushManifest: (
    repository: string,
    manifest: Pushed,
    reference?: string,
  ) => Promise<'existing' | 'pushed'>;
  readonly resolve: (repository: string, reference: string, query?: string) => Promise<Reply>;
  readonly fetch: (
    path: string,
    wanted: { readonly mediaType: string; readonly offset?: number },
  ) => Promise<Reply>;
}

export const pullOf = (repository: string): string => `repository:${repository}:pull`;
export const pushOf = (repository: string): string => `repository:${repository}:pull,push`;

/** What containerd accepts when it resolves a tag (core/remotes/docker/resolver.go). */
const resolvable = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  '*/*',
].join(', ');

/** containerd 2 (core/remotes/docker), which BuildKit, nerdctl and Docker 29 speak too. It never pings. */
export function openContainerdWire(server: TestServer, options: ContainerdOptions): Containerd {
  const wire = openWire(server, options.userAgent);
  const ask = createAuthorizer(wire, options);
  const exists = (repository: string, path: string, mediaType: string): Promise<Reply> =>
    ask({ method: 'HEAD', url: `/v2/${repository}/${path}`, headers: { accept: `${mediaType}, */*` } }, [
      pushOf(repository),
    ]);
  return {
    wire,
    ask,
    async pushBlob(repository, { content, mediaType }, mountFrom) {
      const found = await exists(repository, `blobs/${content.digest}`, mediaType);
      if (found.status === 200) return 'existing';
      expect(found.status).toBe(404);
      const uploads = `/v2/${repository}/blobs/uploads/`;
      // The mount is written as it is, nothing encoded.
      const session =
        mountFrom === undefined
          ? await ask({ method: 'POST', url: uploads }, [pushOf(repository)])
          : await ask({ method: 'POST', url: `${uploads}?mount=${content.digest}&from=${mountFrom}` }, [
              pushOf(repository),
              pullOf(mountFrom),
            ]);
      if (session.status === 201) return 'mounted';
      expect(session.status, session.bytes.toString()).toBe(202);
      const done = await ask(
        {
          method: 'PUT',
          url: uploadUrl(session, content.digest),
          headers: { 'content-type': 'application/octet-stream' },
          body: content.bytes,
        },
        [pushOf(repository)],
      );
      expect([200, 201, 204], done.bytes.toString()).toContain(done.status);
      expect(done.headers['docker-content-digest']).toBe(content.digest);
      return 'pushed';
    },
    async pushManifest(repository, { content, mediaType }, reference = content.digest) {
      const path = `manifests/${reference}`;
      const found = await exists(repository, path, mediaType);
      if (found.status === 200 && found.headers['docker-content-digest'] === content.digest)
        return 'existing';
      expect([200, 404]).toContain(found.status);
      const done = await ask(
        {
          method: 'PUT',
          url: `/v2/${repository}/${path}`,
          headers: { 'content-type': mediaType },
          body: content.bytes,
        },
        [pushOf(repository)],
      );
      expect([200, 201, 204], done.bytes.toString()).toContain(done.status);
      expect(done.headers['docker-content-digest']).toBe(content.digest);
      return 'pushed';
    },
    resolve: (repository, reference, query = '') =>
      ask(
        {
          method: 'HEAD',
          url: `/v2/${repository}/manifests/${reference}${query}`,
          headers: { accept: resolvable },
        },
        [pullOf(repository)],
      ),
    fetch: (path, { mediaType, offset }) =>
      ask(
        {
          method: 'GET',
          url: path,
          headers: {
            accept: `${mediaType}, */*`,
            'accept-encoding': 'zstd;q=1.0, gzip;q=0.8, deflate;q=0.5',
            ...(offset === undefined ? {} : { range: `bytes=${offset}-` }),
          },
        },
        [pullOf(path.slice('/v2/'.length, path.search(/\/(manifests|blobs)\//)))],
      ),
  };
}

/** The docker authorizer: POST with a password, GET without an account; a token for each set of scopes, sorted. */
function createAuthorizer(
  wire: Wire,
  { account, clientId = 'containerd-client' }: ContainerdOptions,
): Containerd['ask'] {
  const tokens = new Map<string, string>();
  let common: Challenge | undefined;
  const tokenFor = async ({ realm, service }: Challenge, scopes: readonly string[]): Promise<string> => {
    const key = scopes.join(' ');
    const known = tokens.get(key);
    if (known !== undefined) return known;
    const token = tokenOf(
      await wire.send(
        account
          ? {
              method: 'POST',
              url: realm,
              headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
              body: new URLSearchParams({
                client_id: clientId,
                grant_type: 'password',
                password: account.password,
                scope: key,
                service,
                username: account.username,
              }).toString(),
            }
          : {
              method: 'GET',
              url: `${realm}?${new URLSearchParams([...scopes.map((scope) => ['scope', scope]), ['service', service]])}`,
            },
      ),
    );
    tokens.set(key, token);
    return token;
  };
  return async (request, scopes) => {
    const authorized = async (challenge: Challenge): Promise<WireRequest> => {
      const wanted = [...new Set([...scopes, ...(challenge.scope === undefined ? [] : [challenge.scope])])];
      const token = await tokenFor(challenge, wanted.toSorted());
      return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
    };
    if (common) return wire.send(await authorized(common));
    const first = await wire.send(request);
    if (first.status !== 401) return first;
    common = challengeOf(first);
    return wire.send(await authorized(common));
  };
}

/** `docker login` of the daemon: a ping, and a token without a scope by GET, with one for later uses. */
export async function dockerLogin(wire: Wire, account: Credentials): Promise<Reply> {
  const ping = await wire.send({ method: 'GET', url: '/v2/' });
  const { realm, service } = challengeOf(ping);
  const query = new URLSearchParams({
    account: account.username,
    client_id: 'docker',
    offline_token: 'true',
    service,
  });
  return wire.send({ method: 'GET', url: `${realm}?${query}`, headers: { authorization: basic(account) } });
}
