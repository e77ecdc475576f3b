/** What each of the roles may do, for people: Harbor's role ids, each line with one permission that stands for it. */
export const roleRights = [
  { text: 'roles.pull', permission: 'repository:pull', roles: [1, 4, 2, 3, 5] },
  { text: 'roles.seeMembers', permission: 'member:list', roles: [1, 4, 2, 3] },
  { text: 'roles.push', permission: 'repository:push', roles: [1, 4, 2] },
  { text: 'roles.tag', permission: 'tag:create', roles: [1, 4, 2] },
  { text: 'roles.label', permission: 'artifact-label:create', roles: [1, 4, 2] },
  { text: 'roles.delete', permission: 'artifact:delete', roles: [1, 4] },
  { text: 'roles.makeLabels', permission: 'label:create', roles: [1, 4] },
  { text: 'roles.members', permission: 'member:create', roles: [1] },
  { text: 'roles.activity', permission: 'log:list', roles: [1] },
  { text: 'roles.settings', permission: 'project:update', roles: [1] },
  { text: 'roles.deleteProject', permission: 'project:delete', roles: [1] },
] as const;
