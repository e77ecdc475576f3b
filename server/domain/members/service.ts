import { isRoleId, ROLE_IDS, ROLE_NAMES, type RoleId } from '../../access/roles.ts';
import type { ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditOperation, AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import {
  deleteMember,
  insertMember,
  holdMember,
  selectMember,
  selectMembers,
  updateRole,
  type Member,
  deleteMembershipsOf,
  hasRoleAnywhere,
} from './store.ts';

/** Where members look up who is meant; the users domain is it. */
export interface UserDirectory {
  findByName(username: string): Promise<{ readonly id: number; readonly username: string } | undefined>;
  findById(id: number): Promise<{ readonly id: number; readonly username: string } | undefined>;
}

export interface MembersDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly users: UserDirectory;
  /** Throws `not_found` when the project was deleted meanwhile; asked after the insert that refers to it. */
  readonly ensureLiveProject: (tx: Tx, scope: ProjectScope) => Promise<void>;
}

/** Who is to become a member: one of the two names the user. */
export interface NewMember {
  readonly roleId: number | undefined;
  readonly userId?: number;
  readonly username?: string;
}

export interface Members {
  list(
    scope: ProjectScope,
    asked: { readonly namePart?: string; readonly request: ListRequest },
  ): Promise<ResultPage<Member>>;
  /** Throws `not_found`, also for a member of another project. */
  get(scope: ProjectScope, memberId: number): Promise<Member>;
  /** Adds a user and resolves to the member's id. Throws `bad_request`, `not_found` for an unknown user, `conflict`. */
  add(scope: ProjectScope, member: NewMember): Promise<number>;
  /** Throws `bad_request` for a role that does not exist, `not_found`. */
  changeRole(scope: ProjectScope, memberId: number, roleId: number | undefined): Promise<void>;
  /** Throws `not_found`. */
  remove(scope: ProjectScope, memberId: number): Promise<void>;
  /** Ends every membership of an account, in the transaction that removes it. */
  endAllOf(tx: Tx, accountId: number): Promise<void>;
  /** Whether the account is the administrator of any project. */
  administersAny(accountId: number): Promise<boolean>;
}

function readRole(roleId: number | undefined): RoleId {
  if (roleId !== undefined && isRoleId(roleId)) return roleId;
  const known = Object.entries(ROLE_NAMES).map(([id, name]) => `${id} ${name}`);
  throw new AppError('bad_request', `role_id ${roleId ?? '(missing)'}: use one of ${known.join(', ')}`);
}

export function createMembers(deps: MembersDeps): Members {
  const { db, clock, outbox, audit } = deps;

  async function findUser(member: NewMember): Promise<{ id: number; username: string }> {
    const { userId, username } = member;
    // Harbor's clients send a zero id or an empty name for what they leave out.
    if (!userId && !username) throw new AppError('bad_request', 'member_user needs a user_id or a username');
    const user = userId ? await deps.users.findById(userId) : await deps.users.findByName(username ?? '');
    if (!user) throw notFound('user', userId || (username ?? ''));
    if (username && user.username !== username)
      throw new AppError('bad_request', `member_user: user_id ${user.id} is not the user ${username}`);
    return user;
  }

  /** Writes down what was done to a member, for the log and for listeners. */
  async function tell(
    tx: Tx,
    scope: ProjectScope,
    did: { operation: AuditOperation; member: Member; before?: RoleId; after?: RoleId },
  ): Promise<void> {
    const { projectId, project } = scope;
    const { accountId, username } = did.member;
    const told = (role: RoleId) => ({ role_id: role, role_name: ROLE_NAMES[role] });
    const resource = `${project.name}/${username}`;
    await audit.record(tx, {
      actor: scope,
      operation: did.operation,
      resourceType: 'member',
      resource,
      projectId,
      change: {
        ...(did.before === undefined ? {} : { before: told(did.before) }),
        ...(did.after === undefined ? {} : { after: told(did.after) }),
      },
    });
    await outbox.record(tx, {
      kind: 'member.changed',
      payload: { projectId, projectName: project.name, accountId },
    });
  }

  async function hold(tx: Tx, scope: ProjectScope, memberId: number): Promise<Member> {
    const member = await holdMember(tx, scope, memberId);
    if (!member) throw notFound('member', memberId);
    return member;
  }

  return {
    list: (scope, asked) => selectMembers(db.read, scope, asked),
    async get(scope, memberId) {
      const member = await selectMember(db.read, scope, memberId);
      if (!member) throw notFound('member', memberId);
      return member;
    },
    async add(scope, member) {
      const role = readRole(member.roleId);
      const user = await findUser(member);
      const add = db.tx(async (tx) => {
        const id = await insertMember(tx, scope, { accountId: user.id, role, nowMs: clock.now() });
        await deps.ensureLiveProject(tx, scope);
        const added = await selectMember(tx, scope, id);
        // The account was deleted after it was looked up.
        if (!added) throw notFound('user', user.username);
        await tell(tx, scope, { operation: 'create', member: added, after: role });
        return id;
      });
      return add.catch((error: unknown) => {
        if (!isUniqueViolation(error)) throw error;
        throw new AppError('conflict', `${user.username} is a member of ${scope.project.name} already`);
      });
    },
    async changeRole(scope, memberId, roleId) {
      const role = readRole(roleId);
      await db.tx(async (tx) => {
        const member = await hold(tx, scope, memberId);
        await updateRole(tx, scope, { id: memberId, role });
        await tell(tx, scope, { operation: 'update', member, before: member.role, after: role });
      });
    },
    async endAllOf(tx, accountId) {
      for (const project of await deleteMembershipsOf(tx, accountId))
        await outbox.record(tx, { kind: 'member.changed', payload: { ...project, accountId } });
    },
    administersAny: (accountId) => hasRoleAnywhere(db.read, accountId, ROLE_IDS.projectAdmin),
    async remove(scope, memberId) {
      await db.tx(async (tx) => {
        const member = await hold(tx, scope, memberId);
        await deleteMember(tx, scope, memberId);
        await tell(tx, scope, { operation: 'delete', member, before: member.role });
      });
    },
  };
}
