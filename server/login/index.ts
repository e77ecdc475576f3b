export { createLogin, type Login, type Verdict } from './chain.ts';
export { createIdentity, SESSION_COOKIE, type Identity } from './identify.ts';
export { createSessions, SESSION_SECONDS, type Session, type Sessions } from './sessions.ts';
