import { AppError } from '../../lib/errors.ts';

export const PASSWORD_RULE =
  'use 8 to 128 characters with an upper-case letter, a lower-case letter and a digit';
const NAME_MAX = 255;
// Harbor's list, and what Basic authentication (RFC 7617) and a log line cannot carry.
const FORBIDDEN = /[,"~#%$:\p{Cc}]/u;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

const refuse = (message: string): AppError => new AppError('bad_request', message);

/** Throws `bad_request` when the password is too weak or too long. */
export function checkPassword(password: string): void {
  const { length } = password;
  if (
    length < 8 ||
    length > 128 ||
    !/[A-Z]/.test(password) ||
    !/[a-z]/.test(password) ||
    !/\d/.test(password)
  ) {
    throw refuse(`the password is too weak: ${PASSWORD_RULE}`);
  }
}

function checkName(what: 'username' | 'realname', text: string): void {
  if (text.trim() !== text || text.length === 0 || text.length > NAME_MAX) {
    throw refuse(`the ${what} needs 1 to ${NAME_MAX} characters, without space around it`);
  }
  if (FORBIDDEN.test(text)) throw refuse(`the ${what} may not contain , " ~ # % $ : or control characters`);
}

export interface NewUser {
  readonly username: string;
  readonly email: string;
  readonly realname: string;
  readonly comment: string;
  readonly password: string;
}

/** Throws `bad_request` naming the first field that cannot be accepted. */
export function checkNewUser(user: NewUser): void {
  checkName('username', user.username);
  checkName('realname', user.realname);
  if (user.email.length > NAME_MAX || !EMAIL.test(user.email))
    throw refuse('the email is not an address like name@example.com');
  if (user.comment.length > NAME_MAX) throw refuse(`the comment has more than ${NAME_MAX} characters`);
  checkPassword(user.password);
}
