export { auditLogin, type AuditedLogin } from './attempts.ts';
export { createLogin, type Login, type Verdict } from './chain.ts';
export { createIdentity, type Identity } from './identify.ts';
export { sessionRoutes } from './session-routes.ts';
export { limitStrangers, type StrangerLimits } from './strangers.ts';
export { createSessions, type Session, type Sessions } from './sessions.ts';
