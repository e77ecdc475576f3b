import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { signedIn } from '../../access/route-access.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import '../../http/request-types.ts';
import { ListQuery, refusals, writeTime } from '../../lib/wire.ts';
import { AuditLogBody, AuditLogExtBody } from './contract.ts';
import type { AuditLog } from './service.ts';
import type { AuditRecord } from './store.ts';

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

/** `/auditlog-exts`, and `/audit-logs`, which has been empty on new installs since Harbor 2.13. */
export function auditRoutes(deps: { auditLog: AuditLog }): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/auditlog-exts',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'listAuditLogExts',
          tags: ['auditlog'],
          querystring: ListQuery,
          response: { 200: Type.Array(AuditLogExtBody), ...refusals(400, 401, 422) },
        },
      },
      async (request, reply) => {
        const page = await deps.auditLog.list(request.principal, readListRequest(request.query));
        setPageHeaders(request, reply, page.total);
        return page.items.map(presentRecord);
      },
    );

    app.get(
      '/audit-logs',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'listAuditLogs',
          tags: ['auditlog'],
          description: 'Holds only what versions before 2.13 wrote: always empty here. Use /auditlog-exts.',
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
  };
}
