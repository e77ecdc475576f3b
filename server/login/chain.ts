import type { UserPrincipal } from '../access/principal.ts';
import {
  createHashing,
  hashPassword,
  isCurrentHash,
  verifyPassword,
  type Hashing,
  type User,
  type Users,
} from '../domain/users/index.ts';
import type { Clock } from '../lib/clock.ts';
import { isKeepable } from '../lib/text.ts';
import { createLockout } from './lockout.ts';
import { createRemembered } from './remembered.ts';

const NAME_MAX = 255;
const PASSWORD_MAX = 128;
/** Tries at a password whose hash somebody else renews or changes in the same moment. */
const TRIES = 3;

export type Verdict =
  | {
      readonly kind: 'accepted';
      readonly principal: UserPrincipal;
      /** What the password was right for: what is given for it must not outlive it. */
      readonly storedHash: string;
    }
  /** `checked` is false when no password was compared: a malformed attempt, or one on a locked name. */
  | { readonly kind: 'rejected'; readonly checked: boolean };

export interface Login {
  /**
   * Whether this is the user's password. A wrong password, an unknown name and a name locked by a failure within the
   * last 1.5 s are all `rejected`. Throws `too_many_requests` when too many are being checked.
   */
  verify(username: string, password: string): Promise<Verdict>;
}

export interface LoginDeps {
  readonly users: Pick<Users, 'findByName' | 'replaceHash'>;
  readonly clock: Clock;
  /** The line that passwords are hashed in; left out, one of its own. */
  readonly hashing?: Hashing;
  /** Hears why a renewed hash could not be stored: on a full disk people sign in all the same. */
  readonly onFailure?: (error: unknown) => void;
}

const REJECTED: Verdict = { kind: 'rejected', checked: true };
const NOT_CHECKED: Verdict = { kind: 'rejected', checked: false };

interface Attempt {
  readonly username: string;
  readonly password: string;
  readonly storedHash: string | null;
}

type Result = 'wrong' | 'locked' | { readonly renewed: string | undefined };

const accept = (user: User, storedHash: string): Verdict => ({
  kind: 'accepted',
  principal: {
    kind: 'user',
    userId: user.id,
    username: user.username,
    isAdmin: user.isAdmin,
    via: 'basic',
  },
  storedHash,
});

/** Checks passwords against the local accounts; other sources of accounts will stand beside it. */
export function createLogin(deps: LoginDeps): Login {
  const { users, clock, hashing = createHashing() } = deps;
  const lockout = createLockout(clock);
  const remembered = createRemembered(clock);
  // Of a password that nobody knows: an unknown name costs what a wrong password costs.
  let decoy: Promise<string> | undefined;
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(`no account ${clock.now()}`));

  const check = ({ username, password, storedHash }: Attempt): Promise<Result> =>
    hashing.run(async () => {
      // Again, now that it is this one's turn: guesses sent at once would otherwise all pass before the first fails.
      if (lockout.isLocked(username)) return 'locked';
      const right = await verifyPassword(password, storedHash ?? (await decoyHash()));
      // Also for a wrong one, or an imported account would be known by its quick refusals.
      const renewed =
        storedHash === null || isCurrentHash(storedHash) ? undefined : await hashPassword(password);
      if (right && storedHash !== null) return { renewed };
      lockout.lock(username);
      return 'wrong';
    });

  /** What is stored then; undefined when it was changed meanwhile. */
  async function renew(accountId: number, from: string, to: string): Promise<string | undefined> {
    try {
      return (await users.replaceHash({ accountId, from, to })) ? to : undefined;
    } catch (error) {
      deps.onFailure?.(error);
      return from;
    }
  }

  /** Undefined: the stored hash changed meanwhile. */
  async function tryOnce(username: string, password: string): Promise<Verdict | undefined> {
    const user = await users.findByName(username);
    const storedHash = user?.passwordHash ?? null;
    // Before the lock, so that a stranger's guesses do not lock out who is at work.
    if (user && storedHash !== null && remembered.isRight(username, password, storedHash))
      return accept(user, storedHash);
    if (lockout.isLocked(username)) return NOT_CHECKED;
    const result = await check({ username, password, storedHash });
    if (result === 'wrong') return REJECTED;
    if (result === 'locked' || !user || storedHash === null) return NOT_CHECKED;
    const kept = result.renewed === undefined ? storedHash : await renew(user.id, storedHash, result.renewed);
    if (kept === undefined) return undefined;
    remembered.keep(username, password, kept);
    return accept(user, kept);
  }

  return {
    async verify(username, password) {
      // Also a name that no database can look up.
      if (username === '' || username.length > NAME_MAX || !isKeepable(username)) return NOT_CHECKED;
      if (password === '' || password.length > PASSWORD_MAX) return NOT_CHECKED;
      for (let tries = 0; tries < TRIES; tries++) {
        const verdict = await tryOnce(username, password);
        if (verdict) return verdict;
      }
      return NOT_CHECKED;
    },
  };
}
