import type { Actor } from '../access/scope.ts';
import type { Database } from '../db/database.ts';
import type { AuditTrail } from '../events/audit.ts';
import type { Login, Verdict } from './chain.ts';

const SHOWN_NAME_MAX = 255;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The one way to check a password for a request: what is wrong is written down, whichever door it came by. */
export interface AuditedLogin {
  /**
   * {@link Login.verify}, with a row in the audit log for each password that was compared and wrong; what costs nothing to
   * send writes nothing. `from` is who asks before anybody is signed in.
   */
  verify(credentials: Credentials, from: Actor): Promise<Verdict>;
}

/** `onFailure` is told when a row could not be written: the attempt is refused all the same. */
export function auditLogin(
  login: Login,
  deps: { db: Database; audit: AuditTrail; onFailure: (error: unknown) => void },
): AuditedLogin {
  return {
    async verify({ username, password }, from) {
      const verdict = await login.verify(username, password);
      if (verdict.kind === 'accepted' || !verdict.checked) return verdict;
      const resource = username.slice(0, SHOWN_NAME_MAX);
      await deps.db
        .tx((tx) =>
          deps.audit.record(tx, {
            actor: from,
            operation: 'login',
            resourceType: 'user',
            resource,
            description: `wrong user name or password: ${resource}`,
            succeeded: false,
          }),
        )
        .catch(deps.onFailure);
      return verdict;
    },
  };
}
