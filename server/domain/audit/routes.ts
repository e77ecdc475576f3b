import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project as projectAccess, signedIn, system } from '../../access/route-access.ts';
import { AUDIT_EVENT_TYPES } from '../../events/audit-event-types.ts';
import { readKeysetRequest, readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { KeysetQuery, ListQuery, refusals, writeTime } from '../../lib/wire.ts';
import {
  AuditEntriesBody,
  AuditLogBody,
  AuditLogEventTypeBody,
  AuditLogExtBody,
  ProjectNameParams,
  type AuditEntryBody,
} from './contract.ts';
import type { AuditLog } from './service.ts';
import { createExports } from './export.ts';
import type { AuditDetail, AuditRecord } from './store.ts';

type Routes = (instance: FastifyInstance) => void;

function presentRecord(record: AuditRecord): AuditLogExtBody {
  return {
    id: record.id,
    username: record.username,
    resource: record.resource,
    resource_type: record.resourceType,
    operation: record.operation,
    operation_description: record.description,
    operation_result: record.succeeded,
    op_time: writeTime(record.atMs),
  };
}

function presentDetail(detail: AuditDetail): AuditEntryBody {
  return {
    ...presentRecord(detail),
    project_id: detail.projectId,
    address: detail.address,
    request_id: detail.requestId,
    before: detail.before,
    after: detail.after,
  };
}

const tags = ['auditlog'];
const OLD_LOG = 'Holds only what versions before 2.13 wrote: always empty here. Use';

/** Harbor's `/auditlog-exts`, and the logs of versions before 2.13, which are empty on every new install. */
export function auditRoutes(deps: { auditLog: AuditLog }): Routes {
  return (instance) => {
    addLog(instance, deps.auditLog);
    addProjectLog(instance, deps.auditLog);
    addOldLogs(instance);
  };
}

function addLog(instance: FastifyInstance, auditLog: AuditLog): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/auditlog-exts',
    {
      config: { access: signedIn },
      schema: {
        operationId: 'listAuditLogExts',
        tags,
        description: 'Everything for system administrators, else the projects whose log the caller may read',
        querystring: ListQuery,
        response: { 200: Type.Array(AuditLogExtBody), ...refusals(400, 401, 422) },
      },
    },
    async (request, reply) => {
      const page = await auditLog.list(request.principal, readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentRecord);
    },
  );

  app.get(
    '/auditlog-exts/events',
    {
      config: { access: system('audit-log:list') },
      schema: {
        operationId: 'listAuditLogEventTypes',
        tags,
        response: { 200: Type.Array(AuditLogEventTypeBody), ...refusals(401, 403) },
      },
    },
    async () => AUDIT_EVENT_TYPES.map((eventType) => ({ event_type: eventType })),
  );
}

function addProjectLog(instance: FastifyInstance, auditLog: AuditLog): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/projects/:project_name/auditlog-exts',
    {
      config: { access: projectAccess('log:list', 'project_name') },
      schema: {
        operationId: 'getLogExts',
        tags: ['project'],
        params: ProjectNameParams,
        querystring: ListQuery,
        response: { 200: Type.Array(AuditLogExtBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const page = await auditLog.listProject(scopeOf(request), readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentRecord);
    },
  );
}

function addOldLogs(instance: FastifyInstance): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/audit-logs',
    {
      config: { access: signedIn },
      schema: {
        operationId: 'listAuditLogs',
        tags,
        description: `${OLD_LOG} /auditlog-exts.`,
        querystring: ListQuery,
        response: { 200: Type.Array(AuditLogBody), ...refusals(400, 401, 422) },
      },
    },
    async (request, reply) => {
      readListRequest(request.query);
      setPageHeaders(request, reply, 0);
      return [];
    },
  );

  app.get(
    '/projects/:project_name/logs',
    {
      config: { access: projectAccess('log:list', 'project_name') },
      schema: {
        operationId: 'getLogs',
        tags: ['project'],
        description: `${OLD_LOG} /projects/{project_name}/auditlog-exts.`,
        params: ProjectNameParams,
        querystring: ListQuery,
        response: { 200: Type.Array(AuditLogBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      readListRequest(request.query);
      setPageHeaders(request, reply, 0);
      return [];
    },
  );
}

/** `/audit` of our own API: entries with address, request and what changed, newest first. */
export function auditOwnRoutes(deps: { auditLog: AuditLog }): Routes {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const { limit, after, q } = KeysetQuery.properties;

    app.get(
      '/audit',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'listAuditEntries',
          tags: ['berth'],
          description:
            'What the caller may read of the audit log, newest first. A page may be short, or empty, before the end: `next` leads on while there is more to look through.',
          querystring: Type.Object({ limit, after, q }),
          response: { 200: AuditEntriesBody, ...refusals(400, 401, 422) },
        },
      },
      async (request) => {
        const { items, next } = await deps.auditLog.from(request.principal, readKeysetRequest(request.query));
        return { items: items.map(presentDetail), next };
      },
    );
    addExport(instance, deps.auditLog);
  };
}

function addExport(instance: FastifyInstance, auditLog: AuditLog): void {
  const exportOf = createExports();
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    '/audit.csv',
    {
      exposeHeadRoute: false,
      config: { access: signedIn },
      schema: {
        operationId: 'exportAuditEntries',
        tags: ['berth'],
        description:
          'The same as comma-separated values, at most 100000 entries; a last line says so where more match. No cell is a formula.',
        produces: ['text/csv'],
        querystring: Type.Object({ q: KeysetQuery.properties.q }),
        response: { 200: Type.String(), ...refusals(400, 401, 422, 429) },
      },
    },
    async (request, reply) => {
      const asked = readKeysetRequest(request.query);
      const file = await exportOf((page) => auditLog.from(request.principal, { ...asked, ...page }));
      return reply
        .header('Cache-Control', 'no-store')
        .header('Content-Disposition', 'attachment; filename="audit-log.csv"')
        .header('x-content-type-options', 'nosniff')
        .type('text/csv; charset=utf-8')
        .send(file as never);
    },
  );
}
