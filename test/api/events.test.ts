import { once } from 'node:events';
import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { EventReader } from './event-reader.ts';
import { addMember, addProject, addUser, API, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

const clock = manualClock(Date.UTC(2026, 2, 1));
let server: TestServer;
let ann: Person;
const readers: EventReader[] = [];

beforeEach(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await server.close();
});

async function listen(options: Parameters<typeof EventReader.open>[1] = {}): Promise<EventReader> {
  await server.idle();
  const reader = await EventReader.open(server, options);
  readers.push(reader);
  return reader;
}

const remove = (path: string) => server.inject({ method: 'DELETE', url: `${API}${path}`, as: 'admin' });

describe('GET /api/berth/v1/events', () => {
  it('tells of a push as it happens, with what the console needs to know', async () => {
    const reader = await listen();
    const digest = await pushImage(server, 'library/app', { tag: '1.0' });
    await reader.expectNames('repository.created', 'artifact.pushed');
    expect(reader.messages[1]).toEqual({
      id: expect.any(Number) as number,
      event: 'artifact.pushed',
      data: {
        project_id: 1,
        project_name: 'library',
        repository_name: 'app',
        digest,
        tags: ['1.0'],
        media_type: 'application/vnd.oci.image.manifest.v1+json',
        time: '2026-03-01T00:00:00.000Z',
      },
    });
  });

  it('tells each only of what it may read', async () => {
    const closed = await addProject(server, 'closed');
    const [nobody, stranger, admin] = [
      await listen(),
      await listen({ as: ann }),
      await listen({ as: 'admin' }),
    ];
    const pushed = ['repository.created', 'artifact.pushed'];
    await pushImage(server, 'closed/app');
    await pushImage(server, 'library/first');
    // Each stream tells in order, at its own pace: whoever has heard of the second push was not told of the first.
    await admin.expectNames(...pushed, ...pushed);
    await stranger.expectNames(...pushed);
    await addMember(server, closed, { username: 'ann', role: 'limitedGuest' });
    await pushImage(server, 'closed/app2');
    await pushImage(server, 'library/open');
    await stranger.expectNames(...pushed, 'member.changed', ...pushed, ...pushed);
    await nobody.expectNames(...pushed, ...pushed);
    expect(nobody.text).not.toContain('closed');
  });

  it('stops telling whoever lost the right, and lets that one know', async () => {
    const closed = await addProject(server, 'closed');
    const member = await addMember(server, closed, { username: 'ann', role: 'developer' });
    const [reader, admin] = [await listen({ as: ann }), await listen({ as: 'admin' })];
    await remove(`/projects/closed/members/${member}`);
    await pushImage(server, 'closed/app');
    await admin.expectNames('member.changed', 'repository.created', 'artifact.pushed');
    await reader.expectNames('member.changed');
  });

  it('tells who could read a project that it is gone, and nobody else', async () => {
    const closed = await addProject(server, 'closed');
    await addProject(server, 'open', { isPublic: true });
    await addMember(server, closed, { username: 'ann', role: 'guest' });
    await addUser(server, 'eve');
    const [member, nobody] = [await listen({ as: ann }), await listen()];
    await remove('/projects/closed');
    await remove('/projects/open');
    await member.expectNames('project.deleted', 'project.deleted');
    await nobody.expectNames('project.deleted');
    expect(nobody.messages[0]?.data).toMatchObject({ project_name: 'open' });
  });

  it('resumes after Last-Event-ID, with nothing lost and nothing twice', async () => {
    const first = await listen();
    await pushImage(server, 'library/one');
    await first.expectNames('repository.created', 'artifact.pushed');
    const last = first.messages.at(-1)?.id;
    first.close();
    await pushImage(server, 'library/two');
    await server.idle();
    const second = await EventReader.open(server, { headers: { 'last-event-id': String(last) } });
    readers.push(second);
    await pushImage(server, 'library/three');
    await second.expectNames(
      'repository.created',
      'artifact.pushed',
      'repository.created',
      'artifact.pushed',
    );
    expect(second.messages.map((message) => message.data?.['repository_name'])).toEqual([
      'two',
      'two',
      'three',
      'three',
    ]);
    expect(new Set(second.messages.map((message) => message.id)).size).toBe(4);
  });

  it('tells a reader that missed very much to read everything anew, instead of all of it', async () => {
    const { db } = server.context;
    const row = {
      kind: 'project.created',
      project_id: null,
      payload: '{"projectId":1,"projectName":"library"}',
      created_at: 1,
      dispatched_at: 1,
    };
    await db.tx((tx) =>
      tx
        .insertInto('event')
        .values(Array.from({ length: 600 }, () => row))
        .execute(),
    );
    const reader = await listen({ headers: { 'last-event-id': '1' } });
    await reader.expectNames('reload');
    await pushImage(server, 'library/later');
    await reader.expectNames('reload', 'repository.created', 'artifact.pushed');
    const ids = reader.messages.map((message) => message.id ?? 0);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('begins with what comes where the last number is none', async () => {
    await pushImage(server, 'library/one');
    const reader = await listen({ headers: { 'last-event-id': 'nonsense' } });
    await pushImage(server, 'library/two');
    await reader.expectNames('repository.created', 'artifact.pushed');
    expect(reader.messages[0]?.data).toMatchObject({ repository_name: 'two' });
  });

  it('tells administrators, and nobody else, who signed in for a token with which client', async () => {
    const [admin, user] = [await listen({ as: 'admin' }), await listen({ as: ann })];
    const url = '/service/token';
    const reply = await server.inject({
      url,
      as: ann,
      headers: { 'user-agent': 'docker/27.1 go/go1.22 UpstreamClient(Docker-Client/27.1)' },
    });
    expect(reply.statusCode, reply.body).toBe(200);
    await admin.expectNames('login.token');
    expect(admin.messages[0]?.data).toEqual({
      username: 'ann',
      client: 'docker',
      time: '2026-03-01T00:00:00.000Z',
    });
    await pushImage(server, 'library/app');
    await user.expectNames('repository.created', 'artifact.pushed');
  });

  it('beats while nothing happens, so that no proxy ends it', async () => {
    const reader = await listen();
    for (const beats of [1, 2]) {
      clock.advance(15_000);
      await expect.poll(() => reader.all.filter(({ event }) => event === 'beat')).toHaveLength(beats);
    }
    expect(reader.messages).toEqual([]);
    expect(reader.text).toMatch(/^retry: \d+\n\n/);
  });

  it('ends with the session that opened it', async () => {
    const { value } = await server.context.sessions.mint({
      userId: ann.id,
      via: 'password',
      maxAgeSeconds: 3600,
    });
    const reader = await listen({ headers: { cookie: `sid=${value}` } });
    await server.inject({ url: '/c/log_out', headers: { cookie: `sid=${value}` } });
    clock.advance(15_000);
    await reader.expectEnd();
  });

  it('lets a reader go that takes nothing, instead of storing for it', async () => {
    const { dispatcher } = server.context;
    const reply = await server.inject({ url: `${OWN}/events`, payloadAsStream: true });
    const stream = reply.stream();
    stream.pause();
    let open = true;
    stream.on('close', () => (open = false)).on('error', () => (open = false));
    const name = 'x'.repeat(60_000);
    for (let index = 0; index < 40 && open; index++) {
      await server.context.db.tx(async (tx) => {
        const payload = JSON.stringify({ projectId: 1, projectName: 'library', repositoryName: name });
        await tx
          .insertInto('event')
          .values({ kind: 'repository.created', project_id: 1, payload, created_at: 0, dispatched_at: null })
          .execute();
      });
      dispatcher.wake();
      await server.idle();
    }
    await expect.poll(() => open).toBe(false);
  });

  it('neither outlives its client nor keeps the server from closing', async () => {
    const origin = await server.app.listen({ host: '127.0.0.1', port: 0 });
    const open = async () => {
      const request = get(`${origin}${OWN}/events`);
      const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
      await once(response, 'data');
      request.on('error', () => {});
      response.on('error', () => {});
      return { request, response };
    };
    const listeners = countListeners(server);
    const gone = await open();
    expect(listeners.count).toBe(1);
    gone.request.destroy();
    await expect.poll(() => listeners.count).toBe(0);
    const { response } = await open();
    const ended = once(response, 'close');
    await server.app.close();
    await ended;
    expect(listeners.count).toBe(0);
  });
});

/** Counts who listens to the dispatcher from now on. */
function countListeners(of: TestServer): { count: number } {
  const counted = { count: 0 };
  const { dispatcher } = of.context;
  const listenTo = dispatcher.listen.bind(dispatcher);
  dispatcher.listen = (listener) => {
    counted.count++;
    const stop = listenTo(listener);
    return () => {
      counted.count--;
      stop();
    };
  };
  return counted;
}
