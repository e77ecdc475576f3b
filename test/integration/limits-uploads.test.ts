import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '#test/support/berth-setup.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { eventually, pause } from '#test/support/process.ts';
import { exchange } from '#test/support/raw-http.ts';
import { ask, digestOf, pushBlob } from '#test/support/registry-client.ts';

const MEBIBYTE = 1024 * 1024;

const credentials = (of: Berth): string =>
  `Authorization: Basic ${Buffer.from(`admin:${of.adminPassword}`).toString('base64')}`;

/** Resident memory of the server in bytes. */
async function memory(of: Berth): Promise<number> {
  const status = await readFile(`/proc/${of.server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function openFiles(of: Berth): Promise<number> {
  return (await readdir(`/proc/${of.server.pid}/fd`)).length;
}

async function expectAlive(of: Berth): Promise<void> {
  expect((await ask({ origin: of.origin }, '/api/v2.0/ping')).status).toBe(200);
  await pushBlob(asAdmin(of), 'library/alive', Buffer.from(`still here at ${Date.now()}`));
}

describe('uploads', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  afterAll(() => agent.destroy());
  let busy: Berth;
  beforeAll(async () => {
    busy = await startBerth();
  });
  afterAll(() => busy.dispose());

  interface Answer {
    readonly status: number;
    readonly location: string;
  }
  function call(
    of: Berth,
    asked: { method: string; path: string; body?: Buffer; agent?: Agent | false },
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(asked.path, of.origin),
        {
          method: asked.method,
          agent: asked.agent ?? agent,
          headers: {
            authorization: credentials(of).slice('Authorization: '.length),
            ...(asked.body ? { 'content-length': asked.body.byteLength } : {}),
          },
        },
        (reply) => {
          reply.resume();
          reply.on('end', () =>
            resolve({ status: reply.statusCode ?? 0, location: reply.headers.location ?? '' }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(asked.body);
    });
  }

  it('of 5,000 sessions at once are begun, sent and finished side by side in bounded memory', async () => {
    const before = { memory: await memory(busy), files: await openFiles(busy) };
    const peak = { memory: 0, files: 0 };
    const watch = setInterval(() => {
      void memory(busy).then((bytes) => (peak.memory = Math.max(peak.memory, bytes)));
      void openFiles(busy).then((count) => (peak.files = Math.max(peak.files, count)));
    }, 250);
    const numbers = Array.from({ length: 5_000 }, (_, index) => index);
    const begun = await Promise.all(
      numbers.map(() => call(busy, { method: 'POST', path: '/v2/library/many/blobs/uploads/' })),
    );
    expect(new Set(begun.map((answer) => answer.status))).toEqual(new Set([202]));
    // Each on a connection of its own, all under way before the first one ends.
    const ended = await Promise.all(
      numbers.map((number) => {
        const body = Buffer.alloc(32 * 1024, `${number},`);
        const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
        return call(busy, {
          method: 'PUT',
          path: `${begun[number]?.location}?digest=${digest}`,
          body,
          agent: false,
        });
      }),
    );
    clearInterval(watch);
    expect(new Set(ended.map((answer) => answer.status))).toEqual(new Set([201]));
    // 128 KiB for each: its connection, its request and what of its body was read before its turn.
    expect(peak.memory - before.memory).toBeLessThan(640 * MEBIBYTE);
    await eventually('files closed', async () => (await openFiles(busy)) < before.files + 400);
    expect(await readdir(join(busy.data, 'uploads'))).toEqual([]);
    await expectAlive(busy);
  });
});

describe('a server that takes one blob at a time', () => {
  it('lets the second wait for its turn, and closes uploads without one', async () => {
    const narrow = await startBerth({ args: ['--max-uploads', '1'] });
    try {
      const admin = asAdmin(narrow);
      const begin = async (): Promise<string> =>
        (await ask(admin, '/v2/library/app/blobs/uploads/', { method: 'POST' })).headers.get('location') ??
        '';
      const [first, second, empty] = [await begin(), await begin(), await begin()];
      const lines = ['Host: x', credentials(narrow), 'Content-Length: 10', 'Connection: close', '', ''];
      let finish = (): void => {};
      const slow = exchange(narrow.host, `PATCH ${first} HTTP/1.1\r\n${lines.join('\r\n')}01234`, {
        more: (socket) => (finish = () => void socket.write('56789')),
      });
      await pause(300);
      const ended: string[] = [];
      const waiting = ask(admin, second, { method: 'PATCH', body: 'in line' }).then((reply) => {
        ended.push('second');
        return reply;
      });
      const closing = `${empty}?digest=${digestOf(Buffer.alloc(0))}`;
      expect((await ask(admin, closing, { method: 'PUT' })).status).toBe(201);
      await pause(300);
      expect(ended).toEqual([]);
      finish();
      expect((await slow).replies[0]?.status).toBe(202);
      expect((await waiting).status).toBe(202);
    } finally {
      await narrow.dispose();
    }
  });
});

describe('a server that may open few files', () => {
  it('takes fewer connections, answers those, and is well again after a flood', async () => {
    const small = await startBerth({ under: ['bash', '-c', 'ulimit -n 700 && exec "$@"', 'bash'] });
    const port = Number(new URL(small.origin).port);
    const sockets: Socket[] = [];
    try {
      for (let count = 0; count < 2_000; count++) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {}).resume();
        sockets.push(socket);
        if (count % 100 === 0) await pause(10);
      }
      await eventually('the ones too many closed', () =>
        Promise.resolve(sockets.filter((socket) => socket.closed).length >= 1_900),
      );
      expect(await openFiles(small)).toBeLessThan(400);
      const open = sockets.find((socket) => !socket.closed);
      const answer = new Promise<string>((resolve) =>
        open?.once('data', (piece: Buffer) => resolve(piece.toString())),
      );
      open?.write('GET /api/v2.0/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
      for (const socket of sockets) socket.destroy();
      await eventually('the flood gone', async () => (await openFiles(small)) < 100);
      await expectAlive(small);
      expect(small.server.output()).not.toMatch(/EMFILE/);
    } finally {
      for (const socket of sockets) socket.destroy();
      await small.dispose();
    }
  });
});
