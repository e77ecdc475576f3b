import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { manualClock, type ManualClock } from '#server/lib/clock.ts';
import { addMember, addProject, addUser, API, type Person } from '#test/api/people.ts';
import { client, content, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

const REPOSITORY = 'vault/app';
const shipped = image('hot');
const layer = shipped.layers[0] ?? shipped.config;
const paths = {
  tag: `/v2/${REPOSITORY}/manifests/v1`,
  digest: `/v2/${REPOSITORY}/manifests/${shipped.manifest.digest}`,
  blob: `/v2/${REPOSITORY}/blobs/${layer.digest}`,
};

describe('replies kept in memory', () => {
  let server: TestServer;
  let clock: ManualClock;
  let admin: OciClient;
  let reader: Person;
  let token: string;
  let origin: string;
  let manifestReads: MockInstance;
  let blobReads: MockInstance;

  beforeEach(async () => {
    clock = manualClock();
    server = await makeServer({ clock });
    admin = client(server);
    reader = await addUser(server, 'reader');
    await addProject(server, 'vault');
    await addMember(server, 'vault', { username: 'reader', role: 'guest' });
    await admin.pushImage(REPOSITORY, 'v1', shipped);
    token = await tokenOf(reader);
    // In-process requests go past the listener, where memory stands.
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    origin = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
    manifestReads = vi.spyOn(server.context.manifests, 'get');
    blobReads = vi.spyOn(server.context.blobs, 'find');
  });
  afterEach(async () => {
    // Clients keep their connections for the next request, which will not come.
    server.app.server.closeAllConnections();
    await server.close();
  });

  async function tokenOf(person: Person | undefined): Promise<string> {
    const reply = await server.inject({
      url: `/service/token?service=berth&scope=repository:${REPOSITORY}:pull`,
      ...(person === undefined ? {} : { as: person }),
    });
    return reply.json<{ token: string }>().token;
  }
  const ask = (path: string, init: { method?: string; headers?: Record<string, string> } = {}) =>
    fetch(`${origin}${path}`, {
      method: init.method ?? 'GET',
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  const longWays = (): number => manifestReads.mock.calls.length + blobReads.mock.calls.length;
  /** Asks so often that all later answers would come from memory. */
  async function warm(path: string): Promise<void> {
    for (let i = 0; i < 3; i++) expect((await ask(path)).status).toBe(200);
  }

  for (const [what, path] of Object.entries(paths)) {
    for (const method of ['GET', 'HEAD']) {
      it(`are the same as the first one: ${method} by ${what}`, async () => {
        const tell = async (reply: Response) => {
          const headers = Object.fromEntries(reply.headers);
          delete headers['date'];
          delete headers['x-request-id'];
          return { status: reply.status, headers, body: Buffer.from(await reply.arrayBuffer()) };
        };
        const first = await tell(await ask(path, { method }));
        const second = await tell(await ask(path, { method }));
        const ways = longWays();
        const third = await ask(path, { method, headers: { 'x-request-id': 'mine' } });
        expect(longWays()).toBe(ways);
        expect(third.headers.get('x-request-id')).toBe('mine');
        expect([second, await tell(third)]).toEqual([first, first]);
      });
    }
  }

  it('are for the same token only', async () => {
    // Made first: a new account makes all that is in memory stale.
    const stranger = await addUser(server, 'stranger');
    await warm(paths.tag);
    token = await tokenOf(stranger);
    expect((await ask(paths.tag)).status).toBe(403);
    const anonymous = await fetch(`${origin}${paths.tag}`);
    expect(anonymous.status).toBe(401);
  });

  it('leave ranges and conditions to the long way', async () => {
    await warm(paths.blob);
    const part = await ask(paths.blob, { headers: { range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, layer.bytes.subarray(0, 4).toString()]);
    await warm(paths.tag);
    const known = await ask(paths.tag, { headers: { 'if-none-match': `"${shipped.manifest.digest}"` } });
    expect(known.status).toBe(304);
  });

  it('end with the token', async () => {
    await warm(paths.tag);
    clock.advance(40 * 60_000);
    expect((await ask(paths.tag)).status).toBe(401);
  });

  it('are counted as pulls', async () => {
    await warm(paths.tag);
    await server.idle();
    const reply = await server.inject({
      url: `${API}/projects/vault/repositories/app`,
      as: 'admin',
    });
    expect(reply.json<{ pull_count: number }>().pull_count).toBe(3);
  });

  const changes: Record<string, { path: string; status: number; change: () => Promise<unknown> }> = {
    'the tag moves': {
      path: paths.tag,
      status: 200,
      change: () => admin.pushImage(REPOSITORY, 'v1', image('other')),
    },
    'the tag is deleted': { path: paths.tag, status: 404, change: () => admin.delete(paths.tag) },
    'the manifest is deleted': { path: paths.digest, status: 404, change: () => admin.delete(paths.digest) },
    'the blob is deleted': {
      path: paths.blob,
      status: 404,
      change: () => admin.delete(paths.digest).then(() => admin.delete(paths.blob)),
    },
    'the repository is deleted': {
      path: paths.blob,
      status: 404,
      change: () =>
        server.inject({ method: 'DELETE', url: `${API}/projects/vault/repositories/app`, as: 'admin' }),
    },
    'the member is removed': { path: paths.tag, status: 403, change: () => removeMember() },
  };
  async function removeMember(): Promise<void> {
    const members = await server.inject({ url: `${API}/projects/vault/members`, as: 'admin' });
    const found = members
      .json<{ id: number; entity_name: string }[]>()
      .find((member) => member.entity_name === 'reader');
    await server.inject({
      method: 'DELETE',
      url: `${API}/projects/vault/members/${found?.id}`,
      as: 'admin',
    });
  }
  for (const [what, { path, status, change }] of Object.entries(changes)) {
    it(`are not given any more when ${what}`, async () => {
      await warm(path);
      const before = await (await ask(path)).text();
      await change();
      const after = await ask(path);
      expect(after.status).toBe(status);
      expect(await after.text()).not.toBe(before);
    });
  }

  it('are not given to nobody any more when the project becomes private', async () => {
    const name = 'open/app';
    await addProject(server, 'open', { isPublic: true });
    await admin.pushImage(name, 'v1', shipped);
    token = await tokenOf(undefined).then(() =>
      server
        .inject({ url: `/service/token?service=berth&scope=repository:${name}:pull` })
        .then((reply) => reply.json<{ token: string }>().token),
    );
    await warm(`/v2/${name}/manifests/v1`);
    await server.inject({
      method: 'PUT',
      url: `${API}/projects/open`,
      as: 'admin',
      payload: { metadata: { public: 'false' } },
    });
    expect((await ask(`/v2/${name}/manifests/v1`)).status).toBe(401);
  });

  it('hold no large blob, and serve it all the same', async () => {
    const large = content(Buffer.alloc(3 * 1024 * 1024, 'x'));
    await admin.pushBlob(REPOSITORY, large);
    for (let i = 0; i < 3; i++) {
      const reply = await ask(`/v2/${REPOSITORY}/blobs/${large.digest}`);
      expect(Buffer.from(await reply.arrayBuffer()).equals(large.bytes)).toBe(true);
    }
    expect(blobReads.mock.calls.length).toBeGreaterThanOrEqual(3);
  });
});
