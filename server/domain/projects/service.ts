import { decideProject } from '../../access/decide.ts';
import type { ProjectDirectory } from '../../access/port.ts';
import type { Principal } from '../../access/principal.ts';
import type { Actor, ProjectScope } from '../../access/scope.ts';
import type { RoleId } from '../../access/roles.ts';
import type { RegistrySettings } from '../../config/registry-settings.ts';
import { isUniqueViolation, type Database, type Db, type Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import { selectProjectsAfter, selectVisibleIds } from './keyset-store.ts';
import { changeMetadata } from './metadata-service.ts';
import { selectValues } from './metadata-store.ts';
import {
  isProjectName,
  readNewProject,
  readProjectChange,
  refuseCreation,
  type ProjectRequest,
} from './rules.ts';
import {
  countMembers,
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
  type Project,
  type ProjectFilter,
} from './store.ts';

export interface ProjectsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly settings: () => RegistrySettings;
  /** What else dies with a project, in the transaction that deletes it. */
  readonly deleteContents: readonly ((tx: Tx, scope: ProjectScope) => Promise<void>)[];
}

/** What the page of a project sums up. */
export interface ProjectSummary {
  readonly repositoryCount: number;
  /** By role; undefined for whom the members are not told. */
  readonly memberCounts: ReadonlyMap<RoleId, number> | undefined;
}

export interface ListedProjects {
  readonly principal: Principal;
  readonly filter: ProjectFilter;
  readonly request: ListRequest;
}

export interface Projects extends ProjectDirectory {
  /** Creates `library`, id 1, public, in a registry that never had a project. Account 1 must exist. */
  ensureLibrary(): Promise<void>;
  /**
   * Creates a project, with the caller as its administrator. Throws `bad_request`, `forbidden` where only administrators
   * may, or `conflict` for a taken name.
   */
  create(actor: Actor, request: ProjectRequest): Promise<{ readonly id: number; readonly name: string }>;
  /** The projects that the caller may see, by name unless sorted otherwise. */
  list(asked: ListedProjects): Promise<ResultPage<Project>>;
  /** The same from a position on, for lists that are read to their end. */
  listAfter(
    asked: Omit<ListedProjects, 'request'> & { readonly request: KeysetRequest },
  ): Promise<KeysetPage<Project>>;
  /** Ids of the projects that the caller may see; `all` for a system administrator. */
  visibleIds(principal: Principal): Promise<readonly number[] | 'all'>;
  /** The project of the scope with what its page shows. Throws `not_found` when it was deleted meanwhile. */
  get(scope: ProjectScope): Promise<Project>;
  /**
   * Sets the metadata that the request names; nothing else of a project changes. Throws `bad_request`, or `not_found` when
   * it was deleted meanwhile.
   */
  update(scope: ProjectScope, request: ProjectRequest): Promise<void>;
  /** Whether it can be deleted; if not, why. */
  deletable(scope: ProjectScope): Promise<{ readonly isDeletable: boolean; readonly reason?: string }>;
  summary(scope: ProjectScope): Promise<ProjectSummary>;
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
      await audit.record(tx, {
        actor: 'registry',
        operation: 'create',
        resourceType: 'project',
        resource: 'library',
        projectId: LIBRARY_ID,
      });
    });
  }

  async function create(actor: Actor, request: ProjectRequest): Promise<{ id: number; name: string }> {
    const { principal } = actor;
    if (principal.kind !== 'user') throw new AppError('unauthorized', 'sign in first to create a project');
    refuseCreation(principal, deps.settings().projectCreationRestriction);
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
        change: { after: { public: String(project.isPublic), ...project.metadata } },
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
    const values = readProjectChange(request, scope.projectId);
    await db.tx((tx) => changeMetadata(deps, { tx, scope }, () => values));
  }

  async function whyNotDeletable(at: Db, scope: ProjectScope): Promise<string | undefined> {
    const repositories = await countRepositories(at, scope);
    return repositories === 0
      ? undefined
      : `project ${scope.project.name} holds ${repositories} repositories: delete them first`;
  }

  async function summary(scope: ProjectScope): Promise<ProjectSummary> {
    const { principal, project, roles } = scope;
    const tellsMembers = decideProject(principal, 'member:list', { project, roles });
    const [repositoryCount, memberCounts] = await Promise.all([
      countRepositories(db.read, scope),
      tellsMembers ? countMembers(db.read, scope) : undefined,
    ]);
    return { repositoryCount, memberCounts };
  }

  async function remove(scope: ProjectScope): Promise<void> {
    const { projectId, project } = scope;
    await db.tx(async (tx) => {
      const deleted = await markDeleted(tx, scope, clock.now());
      if (!deleted) throw notFound('project', project.name);
      const before = { public: String(deleted.wasPublic), ...(await selectValues(tx, scope)) };
      const reason = await whyNotDeletable(tx, scope);
      if (reason !== undefined) throw new AppError('precondition', reason);
      for (const deleteContent of deps.deleteContents) await deleteContent(tx, scope);
      await removeMembersAndMetadata(tx, scope);
      await audit.record(tx, {
        actor: scope,
        operation: 'delete',
        resourceType: 'project',
        resource: project.name,
        projectId,
        change: { before },
      });
      await outbox.record(tx, { kind: 'project.deleted', payload: { projectId, projectName: project.name } });
    });
  }

  return {
    ensureLibrary,
    create,
    update,
    delete: remove,
    summary,
    async deletable(scope) {
      const reason = await whyNotDeletable(db.read, scope);
      return reason === undefined ? { isDeletable: true } : { isDeletable: false, reason };
    },
    // What is no name is not looked for: it may hold what a database refuses to compare.
    findByName: async (name) => (isProjectName(name) ? selectFactsByName(db.read, name) : undefined),
    findById: (id) => selectFactsById(db.read, id),
    rolesOf: (accountId, projectId) => selectRoles(db.read, accountId, projectId),
    list: (asked) => selectProjects(db.read, asked),
    listAfter: (asked) => selectProjectsAfter(db.read, asked),
    visibleIds: (principal) => selectVisibleIds(db.read, principal),
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
