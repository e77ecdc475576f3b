export type { AccountTies, CheckPassword, HashChange } from './changes.ts';
export { createHashing, type Hashing } from './hashing.ts';
export { createUsers, type FirstAdmin, type Users, type UsersDeps } from './service.ts';
export { hashPassword, importHarborPassword, isCurrentHash, verifyPassword } from './password.ts';
export { lockUser, type User } from './store.ts';
export { checkPassword, type NewUser } from './rules.ts';
