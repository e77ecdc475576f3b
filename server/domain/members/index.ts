export {
  createMembers,
  type Members,
  type MembersDeps,
  type NewMember,
  type UserDirectory,
} from './service.ts';
export type { Member } from './store.ts';
