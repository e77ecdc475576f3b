/** Who may import whom: docs/architecture.md as data. The checker over it is imports.ts. */

export const topFolders = ['electron', 'renderer', 'server', 'test', 'build'] as const;
export type TopFolder = (typeof topFolders)[number];

/** Which top folders' modules each may import at all. `types` = only by `import type`, only from `typeDoors`. */
export const topEdges: Readonly<Record<TopFolder, Partial<Record<TopFolder, 'all' | 'types'>>>> = {
  server: { server: 'all' },
  renderer: { renderer: 'all', server: 'types', electron: 'types' },
  electron: { electron: 'all', server: 'types' },
  build: { build: 'all', test: 'all', electron: 'types', server: 'types' },
  test: { test: 'all', server: 'all', renderer: 'all', electron: 'all', build: 'all' },
};

/** The files that another top folder may take types from. */
export const typeDoors = [
  /^server\/domain\/[^/]+\/contract\.ts$/,
  /^server\/lib\/errors\.ts$/,
  /^server\/lib\/sidecar-messages\.ts$/,
  /^electron\/ipc-contract\.ts$/,
];

/** The server's layers, left to right: a module imports its own layer and those before it. */
export const layers: readonly (readonly string[])[] = [
  ['lib'],
  ['config', 'db', 'storage', 'events', 'jobs', 'access', 'remote', 'http'],
  ['domain'],
  ['login', 'token', 'oci', 'api'],
  ['app.ts', 'context.ts', 'main.ts', 'cli'],
];

/** A table that names handlers of every domain belongs to the composition, whatever folder it stands in. */
export const composed = ['server/jobs/handlers.ts'];

/** Domains by tier, lower first: a domain imports only lower ones, by their index.ts. The last are observers. */
export const tiers: readonly (readonly string[])[] = [
  ['users', 'projects', 'members', 'robots'],
  ['labels'],
  ['artifacts'],
  [
    'quotas',
    'immutability',
    'retention',
    'replication',
    'registries',
    'proxy',
    'scanning',
    'signing',
    'charts',
    'preheat',
    'promotion',
    'webhooks',
    'alerts',
    'gc',
    'trash',
    'bundles',
    'archives',
    'backup',
    'instances',
  ],
  ['audit', 'configuration', 'jobs-view', 'overview', 'search', 'system'],
];

/** The files of a domain that others may import, and who besides the composition and tests may. */
export const doors: Readonly<Record<string, RegExp>> = {
  'index.ts': /^server\//,
  'contract.ts': /^server\/(login|token|oci|api)\//,
  'routes.ts': /^server\/api\//,
  'jobs.ts': /^$/,
  'listeners.ts': /^$/,
};

/** Packages that appear only in these places; everything else is forbidden to import them. */
export const packagePlaces: readonly {
  readonly name: RegExp;
  readonly only: RegExp;
  readonly why: string;
}[] = [
  {
    name: /^(fastify|@fastify\/.*)$/,
    only: /^server\/(app\.ts$|http\/|oci\/|token\/|api\/|login\/|domain\/[^/]+\/(?:[a-z-]+-)?routes\.ts$)|^(test|build)\//,
    why: 'Fastify appears only in app, http, oci, token, api, login and routes.ts',
  },
  {
    name: /^(better-sqlite3|pg)$/,
    only: /^server\/db\/|^(test|build)\//,
    why: 'database drivers appear only in server/db',
  },
  {
    name: /^electron(\/.*)?$/,
    only: /^(electron|test|build)\//,
    why: 'only the shell sees Electron',
  },
  {
    name: /^node:/,
    only: /^(electron|server|test|build)\//,
    why: 'the console runs in a browser: no Node there',
  },
  {
    name: /^(react|react-dom|@mantine\/.*|@tanstack\/.*)(\/.*)?$/,
    only: /^(renderer|test|build)\//,
    why: 'the console and nothing else is React',
  },
  {
    name: /^(?!typebox$).*/,
    only: /^(?!server\/domain\/[^/]+\/contract\.ts$)/,
    why: 'contract.ts imports only typebox and lib',
  },
];

/** Ambient time and chance: everything on the server takes them from these two. */
export const clockFiles = ['server/lib/clock.ts', 'server/lib/ids.ts'];

export const lineLimit = 400;

/** Generated files and data in code's clothes, which may be longer. */
export const mayBeLong = [/^renderer\/text\//, /\.generated\.tsx?$/, /^test\/fixtures\//, /\.golden\./];
