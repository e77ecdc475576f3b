export { createUsers, type FirstAdmin, type Users, type UsersDeps } from './service.ts';
export { hashPassword, verifyPassword } from './password.ts';
export { ADMIN_ID, type User } from './store.ts';
export type { NewUser } from './rules.ts';
