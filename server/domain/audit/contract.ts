import Type, { type Static } from 'typebox';
import { keysetBody, WireTime } from '../../lib/wire.ts';

/** Harbor's AuditLogExt. */
export const AuditLogExtBody = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  resource: Type.String(),
  resource_type: Type.String(),
  operation: Type.String(),
  operation_description: Type.String(),
  operation_result: Type.Boolean(),
  op_time: WireTime,
});
export type AuditLogExtBody = Static<typeof AuditLogExtBody>;

/** Harbor's AuditLog, the table of versions before 2.13. */
export const AuditLogBody = Type.Object({
  id: Type.Integer(),
  username: Type.String(),
  resource: Type.String(),
  resource_type: Type.String(),
  operation: Type.String(),
  op_time: WireTime,
});

/** Harbor's AuditLogEventType. */
export const AuditLogEventTypeBody = Type.Object({ event_type: Type.String() });

/** The path parameter of a project that is named, never numbered. */
export const ProjectNameParams = Type.Object({ project_name: Type.String({ minLength: 1 }) });

const Details = Type.Union([
  Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true }),
  Type.Null(),
]);

/** An entry with all that was written down: our own. */
export const AuditEntryBody = Type.Object({
  ...AuditLogExtBody.properties,
  project_id: Type.Union([Type.Integer(), Type.Null()], { description: 'Null for what lies in no project' }),
  address: Type.String({
    description: 'IP address of the client; empty for what the registry did by itself',
  }),
  request_id: Type.String({ description: 'X-Request-Id of the request that did it' }),
  before: Details,
  after: Details,
});
export type AuditEntryBody = Static<typeof AuditEntryBody>;

export const AuditEntriesBody = keysetBody(AuditEntryBody);
