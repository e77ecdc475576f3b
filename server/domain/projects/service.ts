import type { ProjectDirectory } from '../../access/port.ts';
import type { Principal } from '../../access/principal.ts';
import type { Actor, ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Database } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import { readNewProject, readProjectChange, type ProjectRequest } from './rules.ts';
import {
  countRepositories,
  hasAnyProject,
  insertFounder,
  insertProject,
  markDeleted,
  removeMembersAndMetadata,
  renumber,
  selectFactsById,
  selectFactsByName,
  selectMemberships,
  selectProject,
  selectProjects,
  selectRoles,
  selectWasPublic,
  updateProject,
  type Project,
  type ProjectFilter,
} from './store.ts';

export interface ProjectsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
}

export interface ListedProjects {
  readonly principal: Principal;
  readonly filter: ProjectFilter;
  readonly request: ListRequest;
}

export interface Projects extends ProjectDirectory {
  /** Creates `library`, id 1, public, in a registry that never had a project. Account 1 must exist. */
  ensureLibrary(): Promise<void>;
  /** Creates a project, with the caller as its administrator. Throws `bad_request`, or `conflict` for a taken name. */
  create(actor: Actor, request: ProjectRequest): Promise<{ readonly id: number; readonly name: string }>;
  /** The projects that the caller may see, by name unless sorted otherwise. */
  list(asked: ListedProjects): Promise<ResultPage<Project>>;
  /** The project of the scope with what its page shows. Throws `not_found` when it was deleted meanwhile. */
  get(scope: ProjectScope): Promise<Project>;
  /**
   * Sets the metadata that the request names; nothing else of a project changes. Throws `bad_request`, or `not_found` when
   * it was deleted meanwhile.
   */
  update(scope: ProjectScope, request: ProjectRequest): Promise<void>;
  /** Deletes an empty project and frees its name. Throws `precondition` while it holds repositories. */
  delete(scope: ProjectScope): Promise<void>;
  /** Ids of the live projects that the account is a member of. */
  membershipsOf(accountId: number): Promise<readonly number[]>;
  /** Whether the project is, or was before its deletion, public. */
  wasPublic(projectId: number): Promise<boolean>;
}

const LIBRARY_ID = 1;
const FIRST_ADMIN_ID = 1;

export function createProjects(deps: ProjectsDeps): Projects {
  const { db, clock, outbox, audit } = deps;

  async function ensureLibrary(): Promise<void> {
    const nowMs = clock.now();
    await db.tx(async (tx) => {
      if (await hasAnyProject(tx)) return;
      const id = await insertProject(tx, {
        name: 'library',
        isPublic: true,
        metadata: {},
        ownerId: FIRST_ADMIN_ID,
        nowMs,
      });
      if (id !== LIBRARY_ID) await renumber(tx, { from: id, to: LIBRARY_ID });
      await insertFounder(tx, { projectId: LIBRARY_ID, accountId: FIRST_ADMIN_ID, nowMs });
    });
  }

  async function create(actor: Actor, request: ProjectRequest): Promise<{ id: number; name: string }> {
    const { principal } = actor;
    if (principal.kind !== 'user') throw new AppError('unauthorized', 'sign in first to create a project');
    const project = readNewProject(request, principal);
    const nowMs = clock.now();
    const add = db.tx(async (tx) => {
      const id = await insertProject(tx, { ...project, ownerId: principal.userId, nowMs });
      await insertFounder(tx, { projectId: id, accountId: principal.userId, nowMs });
      await audit.record(tx, {
        actor,
        operation: 'create',
        resourceType: 'project',
        resource: project.name,
        projectId: id,
      });
      await outbox.record(tx, {
        kind: 'project.created',
        payload: { projectId: id, projectName: project.name },
      });
      return { id, name: project.name };
    });
    return add.catch((error: unknown) => {
      throw isUniqueViolation(error)
        ? new AppError('conflict', `project ${project.name} exists already`)
        : error;
    });
  }

  async function update(scope: ProjectScope, request: ProjectRequest): Promise<void> {
    const { projectId, project } = scope;
    const change = readProjectChange(request, projectId);
    const set = Object.entries({
      ...(change.isPublic === undefined ? {} : { public: String(change.isPublic) }),
      ...change.metadata,
    }).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    await db.tx(async (tx) => {
      const found = await updateProject(tx, scope, { ...change, nowMs: clock.now() });
      if (!found) throw notFound('project', project.name);
      await audit.record(tx, {
        actor: scope,
        operation: 'update',
        resourceType: 'project',
        resource: project.name,
        projectId,
        description: `update project: ${project.name}: ${set.join(', ') || 'nothing'}`,
      });
      await outbox.record(tx, { kind: 'project.updated', payload: { projectId, projectName: project.name } });
    });
  }

  async function remove(scope: ProjectScope): Promise<void> {
    const { projectId, project } = scope;
    await db.tx(async (tx) => {
      if (!(await markDeleted(tx, scope, clock.now()))) throw notFound('project', project.name);
      const repositories = await countRepositories(tx, scope);
      if (repositories > 0) {
        throw new AppError(
          'precondition',
          `project ${project.name} holds ${repositories} repositories: delete them first`,
        );
      }
      await removeMembersAndMetadata(tx, scope);
      await audit.record(tx, {
        actor: scope,
        operation: 'delete',
        resourceType: 'project',
        resource: project.name,
        projectId,
      });
      await outbox.record(tx, { kind: 'project.deleted', payload: { projectId, projectName: project.name } });
    });
  }

  return {
    ensureLibrary,
    create,
    update,
    delete: remove,
    findByName: (name) => selectFactsByName(db.read, name),
    findById: (id) => selectFactsById(db.read, id),
    rolesOf: (accountId, projectId) => selectRoles(db.read, accountId, projectId),
    list: (asked) => selectProjects(db.read, asked),
    async get(scope) {
      const project = await selectProject(db.read, scope);
      if (!project) throw notFound('project', scope.project.name);
      return project;
    },
    membershipsOf: (accountId) => selectMemberships(db.read, accountId),
    async wasPublic(projectId) {
      return (await selectWasPublic(db.read, projectId)) === true;
    },
  };
}
