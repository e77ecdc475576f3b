import { createHash } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import type { Credentials, TestRequest, TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { API, OWN, PASSWORD } from './people.ts';

/** Where every request of the story comes from, and by which its rows are known. */
export const ADDRESS = '198.51.100.7';
export const REQUEST_ID = 'told-in-the-log';
export const OTHER_PASSWORD = 'Other-Sailor-8';
export const SECRETS = [PASSWORD, OTHER_PASSWORD, 'Berth-Test-1', 'Wrong-Password-1', 'cli-Secret-99'];

export interface World {
  readonly server: TestServer;
  /** What earlier steps made: ids by name, and secrets that no row may hold. */
  readonly ids: Record<string, number>;
  readonly secrets: Set<string>;
  readonly browser: Browser;
}

/** A row as the table of a step has it: `who operation type resource`, with `!` before what failed. */
export interface Step {
  /** The route, as the server registered it; of /v2 the kind of the operation: `PUT /v2 manifest`. */
  readonly route: string;
  readonly says: string;
  readonly does: (world: World) => Promise<LightMyRequestResponse>;
  readonly status: number;
  readonly rows: readonly string[];
  /** Of the last of the rows. */
  readonly change?: { readonly before?: unknown; readonly after?: unknown };
}

export const ANN: Credentials = { username: 'ann', password: PASSWORD };

export function send(world: World, request: TestRequest): Promise<LightMyRequestResponse> {
  return world.server.inject({
    remoteAddress: ADDRESS,
    ...request,
    headers: { 'x-request-id': REQUEST_ID, ...request.headers },
  });
}

export const api =
  (method: 'POST' | 'PUT' | 'DELETE', path: (world: World) => string, payload?: object) =>
  (world: World): Promise<LightMyRequestResponse> =>
    send(world, { method, url: path(world), as: 'admin', ...(payload ? { payload } : {}) });

/** Keeps the id at the end of Location under a name. */
export const keep =
  (name: string, does: Step['does']): Step['does'] =>
  async (world) => {
    const reply = await does(world);
    world.ids[name] = Number(String(reply.headers.location).split('/').at(-1));
    return reply;
  };

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const CONFIG = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [] },
});
export const CONFIG_DIGEST = sha256(CONFIG);
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const manifest = (name: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: CONFIG_DIGEST,
      size: CONFIG.length,
    },
    layers: [],
    annotations: { name },
  });
export const [ONE, TWO] = [sha256(manifest('one')), sha256(manifest('two'))] as const;

export const push = (repository: string, reference: string, name: string) => (world: World) =>
  send(world, {
    method: 'PUT',
    url: `/v2/${repository}/manifests/${reference}`,
    as: ANN,
    headers: { 'content-type': IMAGE },
    payload: Buffer.from(manifest(name)),
  });
export const pushBlob = (repository: string) => (world: World) =>
  send(world, {
    method: 'POST',
    url: `/v2/${repository}/blobs/uploads/?digest=${CONFIG_DIGEST}`,
    as: ANN,
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(CONFIG),
  });

export const tokenForm = (fields: Record<string, string>) => async (world: World) => {
  const reply = await send(world, {
    method: 'POST',
    url: '/service/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'containerd/2.1' },
    payload: new URLSearchParams(fields).toString(),
  });
  return noteTokens(world, reply);
};

export function noteTokens(world: World, reply: LightMyRequestResponse): LightMyRequestResponse {
  const { token, refresh_token: refresh } = reply.json<{ token?: string; refresh_token?: string }>();
  for (const secret of [token, refresh]) if (secret !== undefined) world.secrets.add(secret);
  return reply;
}

/** A request of the browser, whose cookies and CSRF token are secrets. */
export async function browse(
  world: World,
  request: Parameters<Browser['send']>[0],
): Promise<LightMyRequestResponse> {
  const reply = await world.browser.send({
    remoteAddress: ADDRESS,
    ...request,
    headers: { 'x-request-id': REQUEST_ID, ...request.headers },
  });
  for (const secret of world.browser.cookies.values()) world.secrets.add(secret);
  if (world.browser.token !== undefined) world.secrets.add(world.browser.token);
  return reply;
}
export const signIn = (who: Credentials) => (world: World) =>
  browse(world, {
    method: 'POST',
    url: '/c/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ principal: who.username, password: who.password }).toString(),
  });

/** Ids of the live sessions of whom the browser is. */
export async function sessionId(world: World): Promise<string> {
  const reply = await browse(world, { method: 'GET', url: `${OWN}/users/current/sessions` });
  return reply.json<{ id: string }[]>()[0]?.id ?? 'none';
}

export const PROJECT = `${API}/projects/shipyard`;
export const ARTIFACTS = `${PROJECT}/repositories/app/artifacts`;

/** The keys that one side of a change must have; what else it has does not matter. */
export interface Keys {
  readonly keys: readonly string[];
}
export function withKeys(keys: readonly string[]): Keys {
  return { keys };
}
