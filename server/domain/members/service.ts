import { isRoleId, ROLE_NAMES, type RoleId } from '../../access/roles.ts';
import type { ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditOperation, AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import { deleteMember, insertMember, selectMember, selectMembers, updateRole, type Member } from './store.ts';

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
}

function readRole(roleId: number | undefined): RoleId {
  if (roleId !== undefined && isRoleId(roleId)) return roleId;
  const known = Object.entries(ROLE_NAMES).map(([id, name]) => `${id} ${name}`);
  throw new AppError('bad_request', `role_id ${roleId ?? '(missing)'}: use one of ${known.join(', ')}`);
}

export function createMembers(deps: MembersDeps): Members {
  const { db, clock, outbox, audit } = deps;

  async function findUser(member: NewMember): Promise<{ id: number; username: string }> {
    // Harbor's clients send a zero id or an empty name for what they leave out.
    const user = member.userId
      ? await deps.users.findById(member.userId)
      : member.username
        ? await deps.users.findByName(member.username)
        : undefined;
    if (user) return user;
    if (!member.userId && !member.username)
      throw new AppError('bad_request', 'member_user needs a user_id or a username');
    throw notFound('user', member.userId || (member.username ?? ''));
  }

  /** Writes down what was done to a member, for the log and for listeners. */
  async function tell(
    tx: Tx,
    scope: ProjectScope,
    did: { operation: AuditOperation; member: { accountId: number; username: string } },
  ): Promise<void> {
    const { projectId, project } = scope;
    const { accountId, username } = did.member;
    const resource = `${project.name}/${username}`;
    await audit.record(tx, {
      actor: scope,
      operation: did.operation,
      resourceType: 'member',
      resource,
      projectId,
    });
    await outbox.record(tx, {
      kind: 'member.changed',
      payload: { projectId, projectName: project.name, accountId },
    });
  }

  async function find(tx: Tx, scope: ProjectScope, memberId: number): Promise<Member> {
    const member = await selectMember(tx, scope, memberId);
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
        await tell(tx, scope, {
          operation: 'create',
          member: { accountId: user.id, username: user.username },
        });
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
        const member = await find(tx, scope, memberId);
        await updateRole(tx, scope, { id: memberId, role });
        await tell(tx, scope, { operation: 'update', member });
      });
    },
    async remove(scope, memberId) {
      await db.tx(async (tx) => {
        const member = await find(tx, scope, memberId);
        await deleteMember(tx, scope, memberId);
        await tell(tx, scope, { operation: 'delete', member });
      });
    },
  };
}
