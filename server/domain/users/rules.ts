import { AppError } from '../../lib/errors.ts';

export const PASSWORD_RULE =
  'use 8 to 128 characters with an upper-case letter, a lower-case letter and a digit';
const PASSWORD_MIN = 8;
const PASSWORD_MAX = 128;
const NAME_MAX = 255;
// Harbor's list, and what Basic authentication (RFC 7617) and a log line cannot carry.
const FORBIDDEN = /[,"~#%$:\p{Cc}]/u;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
/** What the audit log calls whoever has no account. */
const RESERVED_NAME = 'anonymous';

const refuse = (message: string): AppError => new AppError('bad_request', message);

const PASSWORD_PARTS: readonly [pattern: RegExp, name: string][] = [
  [/[A-Z]/, 'an upper-case letter'],
  [/[a-z]/, 'a lower-case letter'],
  [/\d/, 'a digit'],
];

function flawOf(password: string): string | undefined {
  if (password === '') return 'there is none';
  if (password.length < PASSWORD_MIN) return `it has only ${password.length} characters`;
  if (password.length > PASSWORD_MAX) return `it has ${password.length} characters`;
  const missing = PASSWORD_PARTS.filter(([pattern]) => !pattern.test(password)).map(([, name]) => name);
  return missing.length === 0 ? undefined : `it lacks ${missing.join(' and ')}`;
}

/** Throws `bad_request`, with what is wrong, when the password is too weak or too long. */
export function checkPassword(password: string): void {
  const flaw = flawOf(password);
  if (flaw !== undefined) throw refuse(`the password cannot be used, ${flaw}: ${PASSWORD_RULE}`);
}

function checkName(what: 'username' | 'realname', text: string): void {
  if (text.trim() !== text || text.length === 0 || text.length > NAME_MAX) {
    throw refuse(`the ${what} needs 1 to ${NAME_MAX} characters, without space around it`);
  }
  if (FORBIDDEN.test(text)) throw refuse(`the ${what} may not contain , " ~ # % $ : or control characters`);
}

function checkEmail(email: string): void {
  if (email.length > NAME_MAX || !EMAIL.test(email))
    throw refuse('the email is not an address like name@example.com');
}

function checkComment(comment: string): void {
  if (comment.length > NAME_MAX) throw refuse(`the comment has more than ${NAME_MAX} characters`);
}

/** What people may say about themselves. */
export interface Profile {
  readonly email: string;
  readonly realname: string;
  readonly comment: string;
}

export interface NewUser extends Profile {
  readonly username: string;
  readonly password: string;
}

/** Throws `bad_request` naming the first field that cannot be accepted. */
export function checkNewUser(user: NewUser): void {
  checkName('username', user.username);
  if (user.username.toLowerCase() === RESERVED_NAME)
    throw refuse(`the username ${user.username} is reserved: choose another one`);
  checkName('realname', user.realname);
  checkEmail(user.email);
  checkComment(user.comment);
  checkPassword(user.password);
}

/**
 * What of the profile really changes; what is asked to be as it is may be kept, even where it could not be set. Throws
 * `bad_request` naming the first field that cannot be accepted. Pure.
 */
export function readProfileChange(before: Profile, asked: Partial<Profile>): Partial<Profile> {
  const checks = {
    email: checkEmail,
    realname: (text: string) => checkName('realname', text),
    comment: checkComment,
  };
  const change: Partial<Record<keyof Profile, string>> = {};
  for (const field of ['email', 'realname', 'comment'] as const) {
    const value = asked[field];
    if (value === undefined || value === before[field]) continue;
    checks[field](value);
    change[field] = value;
  }
  return change;
}

/** Throws `forbidden` where an account must stay: the caller's own, and the first administrator's. Pure. */
export function checkDeletable(id: number, ownId: number | undefined, firstAdminId: number): void {
  if (id === firstAdminId)
    throw new AppError('forbidden', 'the first administrator (user 1) cannot be deleted');
  if (id === ownId)
    throw new AppError('forbidden', 'nobody deletes the account in use: ask another administrator');
}
