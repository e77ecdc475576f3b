/** Query keys: from the general to the particular, so that an event can drop a whole branch. */
export const keys = {
  boot: ['boot'] as const,
  overview: ['overview'] as const,
  overviewOf: (days: number) => ['overview', days] as const,
  projects: ['projects'] as const,
  projectList: (filter: object) => ['projects', 'list', filter] as const,
  projectCount: ['projects', 'count'] as const,
  /** Everything inside any project. */
  allOfProjects: ['project'] as const,
  project: (project: string) => ['project', project] as const,
  permissions: (projectId: number) => ['permissions', projectId] as const,
  imports: (project: string) => ['project', project, 'imports'] as const,
  members: (project: string) => ['project', project, 'members'] as const,
  memberList: (project: string, filter: object) => ['project', project, 'members', filter] as const,
  userSearch: (words: string) => ['user-search', words] as const,
  repositories: (project: string) => ['project', project, 'repositories'] as const,
  repositoryList: (project: string, filter: object) => ['project', project, 'repositories', filter] as const,
  repository: (project: string, repo: string) => ['project', project, 'repository', repo] as const,
  artifactList: (project: string, repo: string, filter: object) =>
    ['project', project, 'repository', repo, 'artifacts', filter] as const,
  tagList: (project: string, repo: string, filter: object) =>
    ['project', project, 'repository', repo, 'tags', filter] as const,
  deletion: (project: string, what: object) => ['project', project, 'deletion', what] as const,
  artifact: (where: { project: string; repo: string; digest: string }) =>
    ['project', where.project, 'repository', where.repo, 'artifact', where.digest] as const,
  /** Of the whole registry where `project` is empty. */
  labels: (project: string) => ['project', project, 'labels'] as const,
  labelList: (project: string, filter: object) => ['project', project, 'labels', filter] as const,
  users: ['users'] as const,
  user: (id: number) => ['users', 'one', id] as const,
  userList: (filter: object) => ['users', filter] as const,
  profile: ['profile'] as const,
  sessions: (user: number | 'current') => ['sessions', user] as const,
  settings: ['settings'] as const,
  settingsOf: (part: string) => ['settings', part] as const,
  audit: ['audit'] as const,
  auditList: (filter: object) => ['audit', filter] as const,
};
