import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOURS, manualClock, type ManualClock } from '#server/lib/clock.ts';
import { exchange } from '#test/support/raw-http.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

let server: TestServer;
let clock: ManualClock;
beforeEach(async () => {
  clock = manualClock();
  server = await makeServer({ clock });
});
afterEach(() => server.close());

const begin = async (): Promise<string> => {
  const reply = await server.inject({ method: 'POST', url: '/v2/library/app/blobs/uploads/', as: 'admin' });
  expect(reply.statusCode).toBe(202);
  return String(reply.headers['location']);
};

describe('unfinished uploads', () => {
  it('leave no file and no row once nobody went on with them for a day', async () => {
    // The first alone: so many unknown passwords at once would be too many.
    const sessions = [await begin(), ...(await Promise.all(Array.from({ length: 119 }, begin)))];
    for (const url of sessions.slice(0, 60)) {
      const reply = await server.inject({
        method: 'PATCH',
        url,
        as: 'admin',
        payload: Buffer.from('half a blob'),
      });
      expect(reply.statusCode).toBe(202);
    }
    expect(await server.context.storage.listUploads()).toHaveLength(120);
    clock.advance(HOURS(26));
    await server.idle();
    expect(await server.context.storage.listUploads()).toEqual([]);
    const rows = await server.context.db.read.selectFrom('upload').select('id').execute();
    expect(rows).toEqual([]);
    expect((await server.inject({ url: sessions[0] ?? '', as: 'admin' })).statusCode).toBe(404);
  });
});

describe('a body that was refused', () => {
  it('is read on for half a minute, so that the client sees why, and then cut off', async () => {
    const address = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const pair = Buffer.from(`${server.admin.username}:${server.admin.password}`).toString('base64');
    const head = [
      'PUT /v2/library/app/manifests/1 HTTP/1.1',
      'Host: registry.test',
      `Authorization: Basic ${pair}`,
      `Content-Length: ${2 ** 40}`,
    ];
    let timer: NodeJS.Timeout | undefined;
    const refused = exchange(address.replace('http://', ''), `${head.join('\r\n')}\r\n\r\n`, {
      more: (socket) => {
        timer = setInterval(() => socket.write(Buffer.alloc(1024)), 20);
        // Only once it has its answer.
        socket.once('data', () => clock.advance(29_000));
        socket.once('data', () => setTimeout(() => clock.advance(1_000), 200));
      },
    });
    const { replies, closed, milliseconds } = await refused;
    clearInterval(timer);
    expect(replies[0]?.status).toBe(413);
    expect(closed).toBe(true);
    expect(milliseconds).toBeGreaterThan(200);
  });
});
