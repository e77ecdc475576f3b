import { expect } from 'vitest';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';

/** As clients know the registry. */
export const HOST = 'registry.test';

export interface WireRequest {
  readonly method: string;
  /** A path, or a whole address as a realm is one. */
  readonly url: string;
  /** Exactly these and `host`, but for a length where there is a body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  /** The requested path with its query; relative Locations are resolved against it. */
  readonly url: string;
}

export interface Wire {
  readonly send: (request: WireRequest) => Promise<Reply>;
  /** What was sent and answered, in order: `HEAD /v2/... 404`. */
  readonly lines: string[];
}

/** Sends requests as one client program does, and notes them. */
export function openWire(server: TestServer, userAgent: string): Wire {
  const lines: string[] = [];
  return {
    lines,
    async send({ method, url, headers = {}, body }) {
      const { pathname, search, host } = new URL(url, `http://${HOST}`);
      expect(host, `${url} leads elsewhere`).toBe(HOST);
      // The query as it was written: one client encodes a digest's colon, another does not.
      const path = `${pathname}${url.includes('?') ? url.slice(url.indexOf('?')) : search}`;
      const response = await server.inject({
        method: method as 'GET',
        url: path,
        headers: { host: HOST, 'user-agent': userAgent, ...headers },
        ...(body === undefined ? {} : { payload: body }),
      });
      lines.push(`${method} ${path} ${response.statusCode}`);
      const received = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      return {
        status: response.statusCode,
        headers: Object.fromEntries(received) as Record<string, string>,
        bytes: response.rawPayload,
        url: path,
      };
    },
  };
}

/** The error codes and messages of a refusal, as clients print them. */
export function errorsOf(reply: Reply): readonly { readonly code: string; readonly message: string }[] {
  return (JSON.parse(reply.bytes.toString()) as { errors: { code: string; message: string }[] }).errors;
}

/** Where an upload goes on, with the digest; `add` keeps what the address has already, as Go's Values.Add. */
export function uploadUrl(reply: Reply, digest: string): string {
  const location = reply.headers['location'];
  expect(location, 'no Location').toBeDefined();
  const url = new URL(location ?? '', `http://${HOST}${reply.url}`);
  // containerd adds a second `digest` to one that is there.
  expect(url.searchParams.has('digest')).toBe(false);
  url.searchParams.append('digest', digest);
  return url.href;
}

export interface Challenge {
  readonly realm: string;
  readonly service: string;
  readonly scope: string | undefined;
}

/** Reads WWW-Authenticate as strictly as the strictest client: one Bearer challenge, all quoted, nothing empty. */
export function challengeOf(reply: Reply): Challenge {
  expect(reply.status).toBe(401);
  const header = reply.headers['www-authenticate'] ?? '';
  expect(header).toMatch(/^Bearer (\w+="[^"]+")(,\w+="[^"]+")*$/);
  const found = Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]+)"/g)].map(([, key, value]) => [key, value]),
  );
  expect(found['realm']).toBe(`http://${HOST}/service/token`);
  expect(found['service']).toBe('berth');
  return { realm: found['realm'] ?? '', service: found['service'] ?? '', scope: found['scope'] };
}

/** What a token service answers; every client reads one of the two, so both must be there and equal. */
export function tokenOf(reply: Reply): string {
  expect(reply.status, reply.bytes.toString()).toBe(200);
  const { token, access_token, expires_in, issued_at } = JSON.parse(reply.bytes.toString()) as Record<
    string,
    unknown
  >;
  expect(token).toBe(access_token);
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(expires_in).toBeGreaterThanOrEqual(60);
  expect(Date.parse(String(issued_at))).not.toBeNaN();
  return String(token);
}

export const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A server with the private projects `harbour` and `hidden`, and people with these roles in them. */
export interface Harbour {
  readonly server: TestServer;
  readonly developer: Credentials;
  readonly guest: Credentials;
  readonly close: () => Promise<void>;
}

export async function makeHarbour(): Promise<Harbour> {
  const server = await makeServer();
  const call = async (url: string, payload: object): Promise<void> => {
    const reply = await server.inject({ as: 'admin', method: 'POST', url, payload });
    expect(reply.statusCode, reply.body).toBe(201);
  };
  for (const name of ['harbour', 'hidden'])
    await call('/api/v2.0/projects', { project_name: name, metadata: { public: 'false' } });
  const person = async (username: string, role: number): Promise<Credentials> => {
    const password = 'Sailor-man-1';
    const email = `${username}@example.test`;
    await call('/api/v2.0/users', { username, password, email, realname: username });
    await call('/api/v2.0/projects/harbour/members', { role_id: role, member_user: { username } });
    return { username, password };
  };
  return {
    server,
    developer: await person('developer', 2),
    guest: await person('guest', 3),
    close: () => server.close(),
  };
}
