import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword, type User } from '#server/domain/users/index.ts';
import { manualClock } from '#server/lib/clock.ts';
import { createLogin } from '#server/login/index.ts';

const GOOD = 'Right-Password-1';

interface Directory {
  readonly findByName: (username: string) => Promise<User | undefined>;
  hash: string | null;
}

async function directory(): Promise<Directory> {
  const found: Directory = {
    hash: await hashPassword(GOOD),
    findByName: async (username) =>
      username === 'ann'
        ? {
            id: 2,
            username,
            email: '',
            realname: '',
            comment: '',
            passwordHash: found.hash,
            isAdmin: false,
            createdAtMs: 0,
            updatedAtMs: 0,
          }
        : undefined,
  };
  return found;
}

/** Milliseconds that a verification took, the fastest of five: noise only ever adds. */
async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

describe('a password hash', () => {
  it('is an argon2id string with its own cost and salt, and is right for its password only', async () => {
    const [one, two] = [await hashPassword(GOOD), await hashPassword(GOOD)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(GOOD, one)).toBe(true);
    expect(await verifyPassword(`${GOOD} `, one)).toBe(false);
  });

  it('of another cost is still read, and what is no hash is a bug', async () => {
    // RFC 9106's own encoder made this one: argon2id, 64 KiB, one pass, password "password", salt "somesalt".
    const made = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword('password', made)).toBe(true);
    await expect(verifyPassword('password', 'plain')).rejects.toThrow('not an argon2id');
  });
});

describe('the login', () => {
  it('takes about as long for an unknown name as for a wrong password', async () => {
    const clock = manualClock();
    const login = createLogin({ users: await directory(), clock });
    const tryOne = (name: string) => async () => {
      clock.advance(2_000);
      expect(await login.verify(name, 'Wrong-Password-1')).toMatchObject({ kind: 'rejected' });
    };
    await tryOne('nobody')();
    const [unknown, wrong] = [await timeOf(tryOne('nobody')), await timeOf(tryOne('ann'))];
    expect(Math.max(unknown, wrong) / Math.min(unknown, wrong)).toBeLessThan(3);
  });

  it('lets nobody guess faster by guessing at once', async () => {
    const login = createLogin({ users: await directory(), clock: manualClock() });
    const guesses = Array.from({ length: 20 }, (_, i) => login.verify('ann', `Wrong-Password-${i}`));
    const right = login.verify('ann', GOOD);
    const verdicts = await Promise.all([...guesses, right]);
    expect(verdicts.every((verdict) => verdict.kind === 'rejected')).toBe(true);
    // Two are hashed at once; the others find the name locked when it is their turn.
    expect(
      verdicts.filter((verdict) => verdict.kind === 'rejected' && verdict.checked).length,
    ).toBeLessThanOrEqual(2);
  });

  it('does not hash again within a minute, and does after it', async () => {
    const clock = manualClock();
    const login = createLogin({ users: await directory(), clock });
    const hashed = await timeOf(async () => {
      clock.advance(60_000);
      await login.verify('ann', GOOD);
    });
    const remembered = await timeOf(() => login.verify('ann', GOOD));
    expect(remembered).toBeLessThan(hashed / 3);
  });

  it('forgets a remembered password as soon as the stored hash changes', async () => {
    const users = await directory();
    const login = createLogin({ users, clock: manualClock() });
    expect((await login.verify('ann', GOOD)).kind).toBe('accepted');
    users.hash = await hashPassword('Another-Password-1');
    expect((await login.verify('ann', GOOD)).kind).toBe('rejected');
  });

  it('lets nobody in where no password is set', async () => {
    const users = await directory();
    users.hash = null;
    const login = createLogin({ users, clock: manualClock() });
    for (const password of ['', GOOD]) expect((await login.verify('ann', password)).kind).toBe('rejected');
  });

  it('refuses more than a bounded queue of attempts instead of piling them up', async () => {
    const login = createLogin({ users: await directory(), clock: manualClock() });
    const attempts = Array.from({ length: 140 }, (_, index) => login.verify(`name-${index}`, GOOD));
    const results = await Promise.allSettled(attempts);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(50);
    expect(refused[0]).toMatchObject({ reason: { code: 'too_many_requests' } });
  }, 60_000);
});
