import Type, { type Static } from 'typebox';
import { WireTime } from '../../lib/wire.ts';

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
