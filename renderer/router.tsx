import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  notFound,
  redirect,
} from '@tanstack/react-router';
import { bootQuery } from './api/session.ts';
import type { Boot } from './api/types.ts';
import { Crashed, NowhereFound } from './frame/crashed.tsx';
import { Frame } from './frame/frame.tsx';
import { lazyPage } from './frame/page-code.tsx';
import { Root } from './frame/root.tsx';
import { localInstance } from './instance/local.ts';
import { readAuditSearch } from './pages/audit/search.ts';
import { readLabelsSearch } from './pages/labels/search.ts';
import { NotFound } from './ui/states.tsx';
import {
  choice,
  inside,
  optional,
  readArtifactSearch,
  readOverviewSearch,
  readProjectsSearch,
  readRepositorySearch,
  readUsersSearch,
  text,
} from './search.ts';

const page = lazyPage;

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Root,
  notFoundComponent: NowhereFound,
  beforeLoad: async ({ context }): Promise<{ boot: Boot }> => ({
    boot: await context.queryClient.ensureQueryData(bootQuery),
  }),
});

const instance = localInstance;

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: ({ context: { boot } }) => {
    if (!boot.user) throw redirect({ to: '/login' });
    if (boot.user.sysadmin && boot.first_run.pending) throw redirect({ to: '/welcome' });
    throw redirect({ to: '/i/$instance/overview', params: { instance } });
  },
});

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Record<string, unknown>) =>
    optional({ to: inside(text(search['to'])), account: choice(search['account'], ['new']) }),
  beforeLoad: ({ context: { boot }, search }) => {
    // Also whoever signed in at another window comes back to where this one was.
    if (boot.user) throw search.to === undefined ? redirect({ to: '/' }) : redirect({ href: search.to });
  },
  component: page(() => import('./pages/login/login-page.tsx'), 'LoginPage'),
});

const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/welcome',
  validateSearch: (search: Record<string, unknown>) => optional({ project: text(search['project']) }),
  beforeLoad: ({ context: { boot }, location }) => {
    if (!boot.user) throw redirect({ to: '/login', search: { to: location.href } });
    if (!boot.user.sysadmin) throw redirect({ to: '/' });
  },
  component: page(() => import('./pages/welcome/welcome-page.tsx'), 'WelcomePage'),
});

const instanceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/i/$instance',
  component: Frame,
  notFoundComponent: NotFound,
  beforeLoad: ({ params }) => {
    if (params.instance !== localInstance) throw notFound({ routeId: rootRoute.id });
  },
});

const instanceIndexRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: '/',
  beforeLoad: ({ context: { boot } }) => {
    const to = boot.user ? '/i/$instance/overview' : '/i/$instance/projects';
    throw redirect({ to, params: { instance } });
  },
});

const overviewRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'overview',
  validateSearch: readOverviewSearch,
  beforeLoad: ({ context: { boot }, location }) => {
    if (!boot.user) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: page(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
});

const projectsRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects',
  validateSearch: readProjectsSearch,
  component: page(() => import('./pages/projects/projects-page.tsx'), 'ProjectsPage'),
});

const projectRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project',
  validateSearch: (search: Record<string, unknown>) =>
    optional({
      q: text(search['q']),
      sort: choice(search['sort'], ['name', '-name', 'update_time', '-update_time']),
    }),
  component: page(() => import('./pages/project/repositories-page.tsx'), 'RepositoriesPage'),
});

const membersRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/members',
  validateSearch: (search: Record<string, unknown>) => optional({ q: text(search['q']) }),
  component: page(() => import('./pages/project/members-page.tsx'), 'MembersPage'),
});

const labelsRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/labels',
  validateSearch: readLabelsSearch,
  component: page(() => import('./pages/project/labels-page.tsx'), 'LabelsPage'),
});

const projectSettingsRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/settings',
  component: page(() => import('./pages/project/settings-page.tsx'), 'SettingsPage'),
});

const projectActivityRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/activity',
  validateSearch: readAuditSearch,
  component: page(() => import('./pages/project/activity-page.tsx'), 'ActivityPage'),
});

const repositoryRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/repos/$repo',
  validateSearch: readRepositorySearch,
  component: page(() => import('./pages/repository/repository-page.tsx'), 'RepositoryPage'),
});

const artifactRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'projects/$project/repos/$repo/$digest',
  validateSearch: readArtifactSearch,
  component: page(() => import('./pages/artifact/artifact-page.tsx'), 'ArtifactPage'),
});

function requireAdmin(boot: Boot, href: string): void {
  if (!boot.user) throw redirect({ to: '/login', search: { to: href } });
  if (!boot.user.sysadmin) throw notFound();
}

const usersRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'users',
  notFoundComponent: NotFound,
  validateSearch: readUsersSearch,
  beforeLoad: ({ context, location }) => requireAdmin(context.boot, location.href),
  component: page(() => import('./pages/users/users-page.tsx'), 'UsersPage'),
});

const settingsIndexRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'settings',
  beforeLoad: ({ context: { boot } }) => {
    const section = boot.user?.sysadmin ? 'general' : 'appearance';
    throw redirect({ to: '/i/$instance/settings/$section', params: { instance, section } });
  },
});

const settingsRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'settings/$section',
  validateSearch: readLabelsSearch,
  component: page(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});

/** Pages outside of any instance that still have the bars around them. */
const framedRoute = createRoute({ getParentRoute: () => rootRoute, id: 'framed', component: Frame });

const profileRoute = createRoute({
  getParentRoute: () => framedRoute,
  path: 'profile',
  validateSearch: (search: Record<string, unknown>) =>
    optional({ tab: choice(search['tab'], ['password', 'sessions', 'clients']) }),
  beforeLoad: ({ context: { boot }, location }) => {
    if (!boot.user) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: page(() => import('./pages/profile/profile-page.tsx'), 'ProfilePage'),
});

const auditRoute = createRoute({
  getParentRoute: () => instanceRoute,
  path: 'audit',
  validateSearch: readAuditSearch,
  beforeLoad: ({ context, location }) => {
    if (!context.boot.user) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: page(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
});

const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  welcomeRoute,
  framedRoute.addChildren([profileRoute]),
  instanceRoute.addChildren([
    instanceIndexRoute,
    overviewRoute,
    projectsRoute,
    projectRoute,
    membersRoute,
    labelsRoute,
    projectActivityRoute,
    projectSettingsRoute,
    repositoryRoute,
    artifactRoute,
    usersRoute,
    auditRoute,
    settingsIndexRoute,
    settingsRoute,
  ]),
]);

/** The console's pages and their addresses. */
export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    // A page of another project or repository is another page: what is selected or half typed in one must not act on the next.
    defaultRemountDeps: ({ params }) => params,
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: NowhereFound,
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
