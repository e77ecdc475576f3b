import { describe, expect, it } from 'vitest';
import {
  createHashing,
  hashPassword,
  importHarborPassword,
  isCurrentHash,
  verifyPassword,
} from '#server/domain/users/index.ts';

// Made by Python: hashlib.pbkdf2_hmac('sha256', b'Harbor12345', salt, 4096, 16).hex()
const HARBOR = {
  password: 'bc025c57892c373889f658aec53b0eb9',
  salt: '0123456789abcdefghijklmnopqrstuv',
};

describe("Harbor's stored password", () => {
  it('is kept as a string that says how it was made', () => {
    expect(importHarborPassword(HARBOR)).toMatch(
      /^\$pbkdf2-sha256\$i=4096,l=16\$[A-Za-z0-9+/]{43}\$[A-Za-z0-9+/]{22}$/,
    );
  });

  it('is right for its password, and for no other one', async () => {
    const stored = importHarborPassword(HARBOR);
    expect(await verifyPassword('Harbor12345', stored)).toBe(true);
    for (const other of ['harbor12345', 'Harbor12345 ', 'Harbor1234', ''])
      expect(await verifyPassword(other, stored), other).toBe(false);
    const salted = importHarborPassword({ ...HARBOR, salt: 'another salt of the same account' });
    expect(await verifyPassword('Harbor12345', salted)).toBe(false);
  });

  it.each([
    ['no hex digits', { ...HARBOR, password: 'z'.repeat(32) }],
    ['the 40 digits of its SHA-1 times', { ...HARBOR, password: 'a'.repeat(40) }],
    ['no password, as of accounts of another source', { ...HARBOR, password: '' }],
    ['no salt', { ...HARBOR, salt: '' }],
  ])('is refused with %s', (_what, row) => {
    expect(() => importHarborPassword(row)).toThrow('32 hex digits');
  });
});

describe('a stored hash', () => {
  it('is current when it is ours of today, and to be renewed else', async () => {
    expect(isCurrentHash(await hashPassword('Any-Password-1'))).toBe(true);
    expect(isCurrentHash(importHarborPassword(HARBOR))).toBe(false);
    expect(isCurrentHash('$argon2id$v=19$m=4096,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8')).toBe(
      false,
    );
  });

  it.each(['', 'plain', '$pbkdf2-sha1$i=1,l=1$YQ$YQ', '$2b$10$abcdefghijklmnopqrstuv'])(
    'of an unknown kind is a bug: %j',
    async (stored) => {
      await expect(verifyPassword('any', stored)).rejects.toThrow('neither an argon2id nor');
    },
  );
});

describe('the line that passwords are hashed in', () => {
  it('lets two work at once, the others wait, and refuses what is too much', async () => {
    const hashing = createHashing();
    let working = 0;
    let most = 0;
    let finish: () => void = () => {};
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const work = () =>
      hashing.run(async () => {
        most = Math.max(most, ++working);
        await gate;
        working--;
      });
    const runs = Array.from({ length: 102 }, work);
    await Promise.resolve();
    await expect(work()).rejects.toMatchObject({
      code: 'too_many_requests',
      headers: { 'Retry-After': '2' },
    });
    finish();
    await Promise.all(runs);
    expect(most).toBe(2);
    await expect(hashing.run(() => Promise.resolve('free again'))).resolves.toBe('free again');
  });
});
