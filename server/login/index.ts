export { createLogin, type Login, type Verdict } from './chain.ts';
export { createIdentity, type Identity } from './identify.ts';
export { createSessions, type Session, type Sessions } from './sessions.ts';
