import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootBody, NetworkBody, ServerHealthBody, StorageBody } from '#server/domain/system/contract.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addUser, API, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer({ externalUrl: 'https://registry.example' });
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());

describe('what administrators read about the server', () => {
  it.each(['storage', 'network', 'health'])('%s is for them alone', async (name) => {
    const url = `${OWN}/system/${name}`;
    expect((await server.inject({ url })).statusCode).toBe(401);
    expect((await server.inject({ url, as: ann })).statusCode).toBe(403);
    expect((await server.inject({ url, as: 'admin' })).statusCode).toBe(200);
  });

  it('counts what is stored, once for each blob, and knows volume and database', async () => {
    const read = async (): Promise<StorageBody> =>
      (await server.inject({ url: `${OWN}/system/storage`, as: 'admin' })).json();
    const before = await read();
    await pushImage(server, 'library/app');
    const after = await read();
    expect(after.blob_bytes).toBeGreaterThan(before.blob_bytes);
    await pushImage(server, 'library/the-same');
    expect((await read()).blob_bytes).toBe(after.blob_bytes);
    expect(after.volume?.total).toBeGreaterThan(after.volume?.free ?? 0);
    expect(after.volume?.free).toBeGreaterThan(0);
    expect(after.database.kind).toBe(server.context.db.kind);
    expect(after.database.version).toMatch(/^\d+\.\d+/);
    expect(after.database.bytes).toBeGreaterThan(10_000);
  });

  it('has no volume where the storage lies on none', async () => {
    const other = await makeServer({ hasVolume: false });
    const reply = await other.inject({ url: `${OWN}/system/storage`, as: 'admin' });
    expect(reply.json()).toMatchObject({ volume: null, folder: null });
    await other.close();
  });

  it('names the address that clients use, and no certificate where none is served', async () => {
    const reply = await server.inject({ url: `${OWN}/system/network`, as: 'admin' });
    expect(reply.json<NetworkBody>()).toEqual({
      listen: [],
      external_url: 'https://registry.example',
      origin: 'https://registry.example',
      certificate: null,
      has_ca_root: false,
      trusted_proxies: [],
    });
  });

  it('names every part with what its check took, and the versions', async () => {
    const reply = await server.inject({ url: `${OWN}/system/health`, as: 'admin' });
    const health = reply.json<ServerHealthBody>();
    expect(health.healthy).toBe(true);
    expect(health.components.map(({ name }) => name)).toEqual(['core', 'database', 'registry']);
    expect(health.node_version).toBe(process.version);
    expect(health.memory_bytes).toBeGreaterThan(10_000_000);
    expect(Date.parse(health.started_at)).toBeLessThan(Date.now());
    expect(health.loop_busy_percent).toBeGreaterThanOrEqual(0);
    expect(health.loop_busy_percent).toBeLessThanOrEqual(100);
  });
});

describe('GET /boot', () => {
  const boot = async (as?: Person | 'admin'): Promise<BootBody> =>
    (await server.inject({ url: `${OWN}/boot`, ...(as && { as }) })).json();

  it('tells what the configuration means for whoever asks', async () => {
    expect(await boot()).toMatchObject({
      read_only: false,
      self_registration: false,
      may_create_projects: false,
      banner_message: '',
    });
    expect(await boot(ann)).toMatchObject({ may_create_projects: true });
    const payload = {
      read_only: true,
      self_registration: true,
      project_creation_restriction: 'adminonly',
      banner_message: '{"message":"Closed on Sunday"}',
    };
    await server.inject({ method: 'PUT', url: `${API}/configurations`, as: 'admin', payload });
    expect(await boot(ann)).toMatchObject({
      read_only: true,
      self_registration: true,
      may_create_projects: false,
      banner_message: payload.banner_message,
    });
    expect(await boot('admin')).toMatchObject({ may_create_projects: true });
  });
});
