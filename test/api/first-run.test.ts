import { afterEach, describe, expect, it } from 'vitest';
import type { TestServer, TestServerOptions } from '#test/support/server.ts';
import { makeServer } from '#test/support/server.ts';
import { addUser, API, errorCode, OWN } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options?: TestServerOptions): Promise<TestServer> {
  server = await makeServer(options);
  return server;
}

const boot = async (of: TestServer): Promise<{ first_run: unknown; desktop: boolean }> =>
  (await of.inject({ url: `${OWN}/boot` })).json();

/** What the desktop shell does: a session of the administrator's, whose password is not set yet. */
async function shell(
  of: TestServer,
): Promise<(url: string, payload?: object) => ReturnType<TestServer['inject']>> {
  const { value } = await of.context.sessions.mint({ userId: 1, via: 'shell', maxAgeSeconds: 3600 });
  const first = await of.inject({ url: `${OWN}/boot`, headers: { cookie: `sid=${value}` } });
  const csrf = first.cookies.find((cookie) => cookie.name === '_gorilla_csrf')?.value;
  const headers = {
    cookie: `sid=${value}; _gorilla_csrf=${csrf}`,
    'x-harbor-csrf-token': String(first.headers['x-harbor-csrf-token']),
  };
  return (url, payload) =>
    of.inject({ method: 'POST', url: `${OWN}${url}`, headers, ...(payload ? { payload } : {}) });
}

describe('the first run', () => {
  const removeAll = async (of: TestServer): Promise<void> => {
    const gone = await of.inject({
      method: 'DELETE',
      url: `${API}/projects/library/repositories/app`,
      as: 'admin',
    });
    expect(gone.statusCode).toBe(200);
  };

  it('is pending until the first artifact was pushed, and never again', async () => {
    const running = await start();
    expect((await boot(running)).first_run).toEqual({ pending: true, admin_password_set: true });
    await pushImage(running, 'library/app');
    expect((await boot(running)).first_run).toMatchObject({ pending: false });
    await removeAll(running);
    expect((await boot(running)).first_run).toMatchObject({ pending: false });
  });

  it('is over where everything that was pushed is deleted again, with nobody having asked between', async () => {
    const running = await start();
    await pushImage(running, 'library/app');
    await removeAll(running);
    expect((await boot(running)).first_run).toMatchObject({ pending: false });
  });

  it('is over once an administrator skipped it', async () => {
    const running = await start();
    for (let round = 0; round < 2; round++) {
      const reply = await running.inject({ method: 'POST', url: `${OWN}/first-run/skip`, as: 'admin' });
      expect([reply.statusCode, reply.body]).toEqual([204, '']);
      expect((await boot(running)).first_run).toMatchObject({ pending: false });
    }
  });

  it("is nobody else's to skip", async () => {
    const running = await start();
    const ann = await addUser(running, 'ann');
    const skip = { method: 'POST', url: `${OWN}/first-run/skip` } as const;
    expect((await running.inject(skip)).statusCode).toBe(401);
    expect((await running.inject({ ...skip, as: ann })).statusCode).toBe(403);
    expect((await boot(running)).first_run).toMatchObject({ pending: true });
  });
});

describe('the first password', () => {
  it('is not there under the desktop shell, and nobody can sign in without one', async () => {
    const running = await start({ adminPassword: undefined, desktop: true });
    expect(await boot(running)).toMatchObject({
      desktop: true,
      first_run: { pending: true, admin_password_set: false },
    });
    const reply = await running.inject({
      url: `${API}/users/current`,
      as: { username: 'admin', password: '' },
    });
    expect(reply.statusCode).toBe(401);
  });

  it('can be chosen once, and works at once', async () => {
    const running = await start({ adminPassword: undefined });
    const post = await shell(running);
    const weak = await post('/first-run/admin-password', { password: 'weak' });
    expect([weak.statusCode, errorCode(weak)]).toEqual([400, 'BAD_REQUEST']);
    const set = await post('/first-run/admin-password', { password: 'My-Own-Password-1' });
    expect(set.statusCode).toBe(200);
    expect(set.json()).toEqual({ username: 'admin' });
    expect(set.headers['cache-control']).toBe('no-store');
    const current = await running.inject({
      url: `${API}/users/current`,
      as: { username: 'admin', password: 'My-Own-Password-1' },
    });
    expect(current.statusCode).toBe(200);
    const again = await post('/first-run/admin-password', { password: 'My-Own-Password-2' });
    expect([again.statusCode, errorCode(again)]).toEqual([409, 'CONFLICT']);
    expect((await boot(running)).first_run).toMatchObject({ admin_password_set: true });
  });

  it('can be made by the server, which tells it once', async () => {
    const running = await start({ adminPassword: undefined });
    const post = await shell(running);
    const made = await post('/first-run/admin-password', {});
    const { password } = made.json<{ password: string }>();
    expect(password).toMatch(/^[A-Za-z0-9]{20}$/);
    const current = await running.inject({
      url: `${API}/users/current`,
      as: { username: 'admin', password },
    });
    expect(current.json()).toMatchObject({ user_id: 1 });
    expect((await post('/first-run/admin-password')).statusCode).toBe(409);
    const log = await running.inject({
      url: `${API}/auditlog-exts?q=resource%3Dadmin,operation%3Dupdate`,
      as: { username: 'admin', password },
    });
    expect(log.json()).toMatchObject([{ operation: 'update', resource_type: 'user' }]);
    expect(log.body).not.toContain(password);
  });

  it('that the environment gave stays when the server starts again with another', async () => {
    const running = await start({ adminPassword: 'First-Password-1' });
    expect(
      await running.context.users.ensureAdmin({ password: 'Other-Password-1', whenMissing: 'generate' }),
    ).toEqual({});
    const current = await running.inject({
      url: `${API}/users/current`,
      as: { username: 'admin', password: 'First-Password-1' },
    });
    expect(current.statusCode).toBe(200);
  });

  it('is made up and told where a headless server starts without one, and must not be weak', async () => {
    const running = await start({ adminPassword: undefined });
    await expect(
      running.context.users.ensureAdmin({ password: 'weak', whenMissing: 'generate' }),
    ).rejects.toThrow('8 to 128');
    const { generated } = await running.context.users.ensureAdmin({ whenMissing: 'generate' });
    const current = await running.inject({
      url: `${API}/users/current`,
      as: { username: 'admin', password: generated ?? '' },
    });
    expect(current.statusCode).toBe(200);
  });
});
