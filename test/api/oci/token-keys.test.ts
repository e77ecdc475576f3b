import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAYS, HOURS, manualClock, type ManualClock } from '#server/lib/clock.ts';
import { systemIds } from '#server/lib/ids.ts';
import { ANONYMOUS } from '#server/access/principal.ts';
import { loadTokenKeys } from '#server/token/keys.ts';
import { createTokenService, type TokenService } from '#server/token/service.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

let clock: ManualClock;
let server: TestServer;

beforeEach(async () => {
  clock = manualClock(Date.UTC(2026, 2, 1));
  server = await makeServer({ clock });
});
afterEach(() => server.close());

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? '';

async function newToken(): Promise<string> {
  const reply = await server.app.inject({ url: '/service/token?service=berth' });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ token: string }>().token;
}

const statusOf = async (token: string): Promise<number> =>
  (await server.app.inject({ url: '/v2/', headers: { authorization: `Bearer ${token}` } })).statusCode;

const storedKids = async (): Promise<string[]> =>
  (await server.context.db.read.selectFrom('token_key').select('kid').orderBy('created_at').execute()).map(
    ({ kid }) => kid,
  );

/** The token service of another server on the same database. */
async function otherServer(): Promise<TokenService> {
  const { db, directory } = server.context;
  const keys = await loadTokenKeys({ db, clock });
  return createTokenService({
    db,
    keys,
    projects: directory,
    clock,
    ids: systemIds,
    audit: server.context.audit,
    settings: () => server.context.configuration.current(),
  });
}

describe('the key that signs tokens', () => {
  it('is an ES256 key that outlives a restart', async () => {
    const token = await newToken();
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', kid: (await storedKids())[0] });
    const restarted = await otherServer();
    expect((await restarted.verify(token)).userId).toBe(0);
    expect(kidOf((await restarted.issue(ANONYMOUS, [])).token)).toBe(kidOf(token));
  });

  it('is another one after 90 days, and not before', async () => {
    const first = kidOf(await newToken());
    clock.advance(DAYS(90) - 1);
    const before = await newToken();
    expect(kidOf(before)).toBe(first);
    clock.advance(1);
    const after = await newToken();
    expect(kidOf(after)).not.toBe(first);
    expect(await storedKids()).toEqual([first, kidOf(after)]);
    expect([await statusOf(before), await statusOf(after)]).toEqual([200, 200]);
    expect(kidOf(await newToken())).toBe(kidOf(after));
  });

  it('is made once, however many ask for a token in that moment', async () => {
    clock.advance(DAYS(91));
    const kids = await Promise.all(Array.from({ length: 20 }, async () => kidOf(await newToken())));
    expect(new Set(kids).size).toBe(1);
    expect(await storedKids()).toHaveLength(2);
  });

  it('is replaced at the first start after a long time too', async () => {
    const first = kidOf(await newToken());
    clock.advance(DAYS(200));
    expect(kidOf((await (await otherServer()).issue(ANONYMOUS, [])).token)).not.toBe(first);
  });
});

describe('an old key', () => {
  it('serves its last token to the end, and is removed a day after the next one was made', async () => {
    clock.advance(DAYS(90) - 1);
    const last = await newToken();
    clock.advance(1);
    const [old, next] = [kidOf(last), kidOf(await newToken())];
    clock.advance(30 * 60_000);
    await server.context.tokens.purge();
    expect(await statusOf(last)).toBe(200);
    expect(await storedKids()).toEqual([old, next]);
    clock.advance(DAYS(1) - 30 * 60_000);
    await server.context.tokens.purge();
    expect(await storedKids()).toEqual([next]);
    expect(await statusOf(last)).toBe(401);
    expect(await statusOf(await newToken())).toBe(200);
  });

  it('is removed by the job that runs each hour', async () => {
    clock.advance(DAYS(90));
    const next = kidOf(await newToken());
    clock.advance(DAYS(1) + HOURS(2));
    await expect.poll(storedKids, { timeout: 5_000 }).toEqual([next]);
  });

  it('stays, however old, while there is no other', async () => {
    const kids = await storedKids();
    clock.advance(DAYS(400));
    await server.context.tokens.purge();
    expect(await storedKids()).toEqual(kids);
  });
});

describe('two servers on one database', () => {
  it('take each other’s tokens, also by a key that was made since they started', async () => {
    const other = await otherServer();
    clock.advance(DAYS(90));
    const theirs = (await other.issue(ANONYMOUS, [])).token;
    expect(await statusOf(theirs)).toBe(200);
    // And sign with it, instead of making one more.
    expect(kidOf(await newToken())).toBe(kidOf(theirs));
    expect(await storedKids()).toHaveLength(2);
  });

  it('come to sign with the same key within the hour where both made one', async () => {
    const other = await otherServer();
    const { db } = server.context;
    await db.tx((tx) => tx.deleteFrom('token_key').execute());
    // Each without the other's, as in the moment when both begin.
    const both = await Promise.all([loadTokenKeys({ db, clock }), loadTokenKeys({ db, clock })]);
    clock.advance(HOURS(1));
    const kids = await Promise.all(both.map(async (keys) => (await keys.signing()).kid));
    expect(new Set([...kids, kidOf((await other.issue(ANONYMOUS, [])).token)]).size).toBe(1);
  });

  it('refuse a token of a key that nobody has', async () => {
    const foreign = await makeServer({ clock });
    const reply = await foreign.app.inject({ url: '/service/token?service=berth' });
    expect(await statusOf(reply.json<{ token: string }>().token)).toBe(401);
    await foreign.close();
  });
});

describe('a database that does not answer', () => {
  it('is no ended token: the client must not sign in again for it', async () => {
    const { db, directory } = server.context;
    const keys = await loadTokenKeys({ db, clock });
    const token = await newToken();
    const ill = createTokenService({
      db,
      keys: { ...keys, find: () => Promise.reject(new Error('no connection')) },
      projects: directory,
      clock,
      ids: systemIds,
      audit: server.context.audit,
      settings: () => server.context.configuration.current(),
    });
    await expect(ill.verify(token)).rejects.toThrow('no connection');
  });
});
