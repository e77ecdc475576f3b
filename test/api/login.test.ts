import { describe, expect, it, vi } from 'vitest';
import { hashPassword, importHarborPassword, verifyPassword, type User } from '#server/domain/users/index.ts';
import { manualClock } from '#server/lib/clock.ts';
import { createLogin } from '#server/login/index.ts';

const hashings = vi.hoisted(() => ({ count: 0 }));
vi.mock('node:crypto', async (load) => {
  const real = await load<typeof import('node:crypto')>();
  const argon2: typeof real.argon2 = (...args) => {
    hashings.count++;
    return real.argon2(...args);
  };
  return { ...real, argon2 };
});

const GOOD = 'Right-Password-1';
/** What Harbor stores of "Harbor12345" with this salt, by another implementation (Python's hashlib). */
const HARBORS = importHarborPassword({
  password: 'bc025c57892c373889f658aec53b0eb9',
  salt: '0123456789abcdefghijklmnopqrstuv',
});

interface Directory {
  readonly findByName: (username: string) => Promise<User | undefined>;
  readonly replaceHash: (change: { from: string; to: string }) => Promise<boolean>;
  hash: string | null;
}

async function directory(): Promise<Directory> {
  const found: Directory = {
    hash: await hashPassword(GOOD),
    replaceHash: async ({ from, to }) => {
      if (found.hash !== from) return false;
      found.hash = to;
      return true;
    },
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

/** How many hashings, each of the same cost, the run takes. */
async function hashingsOf(run: () => Promise<unknown>): Promise<number> {
  const before = hashings.count;
  await run();
  return hashings.count - before;
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
    await expect(verifyPassword('password', 'plain')).rejects.toThrow('neither an argon2id');
  });
});

describe('the login', () => {
  it('hashes as often for an unknown name, and where no password is set, as for a wrong password', async () => {
    const clock = manualClock();
    const users = await directory();
    const login = createLogin({ users, clock });
    const tryOne = (name: string) => async () => {
      clock.advance(2_000);
      expect(await login.verify(name, 'Wrong-Password-1')).toMatchObject({ kind: 'rejected' });
    };
    // The first one makes what unknown names are compared with.
    await tryOne('nobody')();
    expect(await hashingsOf(tryOne('ann'))).toBe(1);
    expect(await hashingsOf(tryOne('nobody'))).toBe(1);
    users.hash = null;
    expect(await hashingsOf(tryOne('ann'))).toBe(1);
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

  it('does not hash again within a minute of the last use, and does after it', async () => {
    const clock = manualClock();
    const login = createLogin({ users: await directory(), clock });
    const verify = () => login.verify('ann', GOOD);
    expect(await hashingsOf(verify)).toBe(1);
    for (const _use of [1, 2]) {
      clock.advance(59_999);
      expect(await hashingsOf(verify)).toBe(0);
    }
    clock.advance(60_000);
    expect(await hashingsOf(verify)).toBe(1);
  });

  it('keeps whoever is at work signed in while a stranger guesses, for longer than a minute', async () => {
    const clock = manualClock();
    const login = createLogin({ users: await directory(), clock });
    expect((await login.verify('ann', GOOD)).kind).toBe('accepted');
    for (let second = 0; second < 90; second += 30) {
      clock.advance(30_000);
      expect((await login.verify('ann', 'Wrong-Password-1')).kind).toBe('rejected');
      expect((await login.verify('ann', GOOD)).kind).toBe('accepted');
    }
  });

  it('forgets a remembered password as soon as the stored hash changes', async () => {
    const users = await directory();
    const login = createLogin({ users, clock: manualClock() });
    expect((await login.verify('ann', GOOD)).kind).toBe('accepted');
    users.hash = await hashPassword('Another-Password-1');
    expect((await login.verify('ann', GOOD)).kind).toBe('rejected');
  });

  it('takes the password of an account imported from Harbor, and hashes it anew at the first sign-in', async () => {
    const users = await directory();
    users.hash = HARBORS;
    const login = createLogin({ users, clock: manualClock() });
    const verdict = await login.verify('ann', 'Harbor12345');
    expect(verdict).toMatchObject({ kind: 'accepted', storedHash: users.hash });
    expect(users.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('Harbor12345', users.hash)).toBe(true);
    expect((await createLogin({ users, clock: manualClock() }).verify('ann', 'Harbor12345')).kind).toBe(
      'accepted',
    );
  });

  it('leaves an imported hash as it is after a wrong password, and hashes as often as for any account', async () => {
    const users = await directory();
    const clock = manualClock();
    const login = createLogin({ users, clock });
    const wrong = async () => {
      clock.advance(2_000);
      expect((await login.verify('ann', 'Wrong-Password-1')).kind).toBe('rejected');
    };
    expect(await hashingsOf(wrong)).toBe(1);
    users.hash = HARBORS;
    expect(await hashingsOf(wrong)).toBe(1);
    expect(users.hash).toBe(HARBORS);
  });

  it('lets somebody in whose hash two sign-ins renew at once, and with a full disk', async () => {
    const users = await directory();
    users.hash = HARBORS;
    const login = createLogin({ users, clock: manualClock() });
    const both = await Promise.all([login.verify('ann', 'Harbor12345'), login.verify('ann', 'Harbor12345')]);
    expect(both.map((verdict) => verdict.kind)).toEqual(['accepted', 'accepted']);
    users.hash = HARBORS;
    const failures: unknown[] = [];
    const full = createLogin({
      users: {
        ...users,
        findByName: users.findByName,
        replaceHash: () => Promise.reject(new Error('disk full')),
      },
      clock: manualClock(),
      onFailure: (error) => failures.push(error),
    });
    expect(await full.verify('ann', 'Harbor12345')).toMatchObject({ kind: 'accepted', storedHash: HARBORS });
    expect(failures).toHaveLength(1);
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
