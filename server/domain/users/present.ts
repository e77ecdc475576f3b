import { writeTime } from '../../lib/wire.ts';
import type { UserBody } from './contract.ts';
import type { User } from './store.ts';

/** A user as Harbor's API shows one. */
export function presentUser(user: User): UserBody {
  return {
    user_id: user.id,
    username: user.username,
    email: user.email,
    realname: user.realname,
    comment: user.comment,
    sysadmin_flag: user.isAdmin,
    // There are no groups of administrators yet.
    admin_role_in_auth: false,
    creation_time: writeTime(user.createdAtMs),
    update_time: writeTime(user.updatedAtMs),
  };
}
