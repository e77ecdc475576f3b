import { describe, expect, it } from 'vitest';
import {
  checkDeletable,
  checkNewUser,
  checkPassword,
  readProfileChange,
} from '#server/domain/users/rules.ts';

const RULE = 'use 8 to 128 characters with an upper-case letter, a lower-case letter and a digit';

describe('a password', () => {
  const refused: readonly [says: string, password: string, why: string][] = [
    ['nothing', '', 'there is none'],
    ['7 characters', 'Short-1', 'it has only 7 characters'],
    ['129 characters', `Aa1${'x'.repeat(126)}`, 'it has 129 characters'],
    ['no upper-case letter', 'no-upper-1', 'it lacks an upper-case letter'],
    ['no lower-case letter', 'NO-LOWER-1', 'it lacks a lower-case letter'],
    ['no digit', 'No-Digit-Here', 'it lacks a digit'],
    ['digits of another script', 'No-Digit-٣٤', 'it lacks a digit'],
    ['two lacks', 'only-small', 'it lacks an upper-case letter and a digit'],
  ];
  it.each(refused)('of %s is refused, and says why', (_says, password, why) => {
    expect(() => checkPassword(password)).toThrow(`the password cannot be used, ${why}: ${RULE}`);
  });

  it.each([
    ['8 characters', 'Sailor-7'],
    ['128 characters', `Aa1${'x'.repeat(125)}`],
    ['spaces and emoji', 'Aa1 ⛵ at sea'],
  ])('of %s is taken', (_says, password) => expect(() => checkPassword(password)).not.toThrow());

  it('is never repeated in a refusal', () => {
    try {
      checkPassword('secret-word');
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('secret-word');
    }
  });
});

describe('a new user', () => {
  const user = {
    username: 'ann',
    email: 'ann@example.com',
    realname: 'Ann',
    comment: '',
    password: 'Sailor-Boy-7',
  };

  it.each(['a,b', 'a"b', 'a~b', 'a#b', 'a%b', 'a$b', 'a:b', 'a\tb', 'a\nb', ' a', 'a ', '', 'x'.repeat(256)])(
    'is not called %j',
    (name) => {
      expect(() => checkNewUser({ ...user, username: name })).toThrow('the username');
      expect(() => checkNewUser({ ...user, realname: name })).toThrow('the realname');
    },
  );

  it.each(['anonymous', 'Anonymous', 'ANONYMOUS'])(
    'is not called %s, which the log calls nobody',
    (username) => {
      expect(() => checkNewUser({ ...user, username })).toThrow('reserved');
    },
  );

  it.each(['ann', "O'Brien", '李小龙', 'ann@example.com', '<b>ann</b>', 'x'.repeat(255), 'drop table--'])(
    'may be called %s',
    (username) => expect(() => checkNewUser({ ...user, username })).not.toThrow(),
  );

  it.each(['', 'ann', 'ann@', '@example.com', 'a b@example.com', 'a@b@c', `${'x'.repeat(250)}@a.com`])(
    'has no address %j',
    (email) => expect(() => checkNewUser({ ...user, email })).toThrow('the email'),
  );

  it('has a comment of at most 255 characters', () => {
    expect(() => checkNewUser({ ...user, comment: 'x'.repeat(255) })).not.toThrow();
    expect(() => checkNewUser({ ...user, comment: 'x'.repeat(256) })).toThrow('the comment');
  });
});

describe('a change of a profile', () => {
  const before = { email: '', realname: 'system admin', comment: 'admin user' };

  it('is what differs', () => {
    expect(readProfileChange(before, { ...before, comment: 'new' })).toEqual({ comment: 'new' });
    expect(readProfileChange(before, {})).toEqual({});
    expect(readProfileChange(before, { email: 'a@example.com', comment: '' })).toEqual({
      email: 'a@example.com',
      comment: '',
    });
  });

  it('may leave what could not be set, and sets nothing that could not', () => {
    expect(readProfileChange(before, { email: '' })).toEqual({});
    expect(() => readProfileChange({ ...before, email: 'a@example.com' }, { email: '' })).toThrow(
      'the email',
    );
    expect(() => readProfileChange(before, { realname: '' })).toThrow('the realname');
    expect(() => readProfileChange(before, { realname: 'a#b' })).toThrow('the realname');
  });
});

describe('deleting', () => {
  it.each([
    [1, 2, 'user 1'],
    [1, 1, 'user 1'],
    [2, 2, 'in use'],
  ])('account %i by %i is refused', (id, ownId, why) => {
    expect(() => checkDeletable(id, ownId, 1)).toThrow(why);
  });

  it('another one is not', () => {
    expect(() => checkDeletable(3, 2, 1)).not.toThrow();
    expect(() => checkDeletable(3, undefined, 1)).not.toThrow();
  });
});
