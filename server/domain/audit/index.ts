export { createAuditLog, type AuditLog } from './service.ts';
export type { AuditDetail, AuditRecord } from './store.ts';
