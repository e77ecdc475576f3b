export { createUsers, type FirstAdmin, type Users, type UsersDeps } from './service.ts';
export { hashPassword, verifyPassword } from './password.ts';
export type { User } from './store.ts';
export { checkPassword, type NewUser } from './rules.ts';
