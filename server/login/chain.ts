import pLimit from 'p-limit';
import type { UserPrincipal } from '../access/principal.ts';
import { hashPassword, verifyPassword, type Users } from '../domain/users/index.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { createLockout } from './lockout.ts';
import { createRemembered } from './remembered.ts';

/** Hashes at once: each takes 19 MiB and a thread of libuv's four, which files need too. */
const HASHES_AT_ONCE = 2;
const MAX_WAITING = 100;
const NAME_MAX = 255;
const PASSWORD_MAX = 128;

export type Verdict =
  | { readonly kind: 'accepted'; readonly principal: UserPrincipal }
  /** `checked` is false when no password was compared: a malformed attempt, or one on a locked name. */
  | { readonly kind: 'rejected'; readonly checked: boolean };

export interface Login {
  /**
   * Whether this is the user's password. A wrong password, an unknown name and a name locked by a failure within the
   * last 1.5 s are all `rejected`. Throws `too_many_requests` when too many are being checked.
   */
  verify(username: string, password: string): Promise<Verdict>;
}

const REJECTED: Verdict = { kind: 'rejected', checked: true };
const NOT_CHECKED: Verdict = { kind: 'rejected', checked: false };

/** Checks passwords against the local accounts; other sources of accounts will stand beside it. */
export function createLogin(deps: { users: Pick<Users, 'findByName'>; clock: Clock }): Login {
  const limit = pLimit(HASHES_AT_ONCE);
  const lockout = createLockout(deps.clock);
  const remembered = createRemembered(deps.clock);
  // Of a password that nobody knows: an unknown name costs what a wrong password costs.
  let decoy: Promise<string> | undefined;
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(`no account ${deps.clock.now()}`));

  async function check(attempt: {
    username: string;
    password: string;
    storedHash: string | null;
  }): Promise<'right' | 'wrong' | 'locked'> {
    const { username, password, storedHash } = attempt;
    if (limit.pendingCount >= MAX_WAITING) {
      throw new AppError('too_many_requests', 'too many sign-ins at once: try again in a moment', {
        headers: { 'Retry-After': '2' },
      });
    }
    return limit(async () => {
      // Again, now that it is this one's turn: guesses sent at once would otherwise all pass before the first fails.
      if (lockout.isLocked(username)) return 'locked';
      const right = await verifyPassword(password, storedHash ?? (await decoyHash()));
      if (right && storedHash !== null) return 'right';
      lockout.lock(username);
      return 'wrong';
    });
  }

  return {
    async verify(username, password) {
      if (username === '' || username.length > NAME_MAX || password === '' || password.length > PASSWORD_MAX)
        return NOT_CHECKED;
      const user = await deps.users.findByName(username);
      const storedHash = user?.passwordHash ?? null;
      // Before the lock, so that a stranger's guesses do not lock out who is at work.
      if (storedHash === null || !remembered.isRight(username, password, storedHash)) {
        if (lockout.isLocked(username)) return NOT_CHECKED;
        const result = await check({ username, password, storedHash });
        if (result !== 'right') return result === 'wrong' ? REJECTED : NOT_CHECKED;
        if (storedHash !== null) remembered.keep(username, password, storedHash);
      }
      if (!user) return REJECTED;
      return {
        kind: 'accepted',
        principal: {
          kind: 'user',
          userId: user.id,
          username: user.username,
          isAdmin: user.isAdmin,
          via: 'basic',
        },
      };
    },
  };
}
