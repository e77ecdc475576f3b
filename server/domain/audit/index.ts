export { createAuditLog, type AuditLog } from './service.ts';
export type { AuditRecord } from './store.ts';
