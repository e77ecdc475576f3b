import { addMember, createProject, createUser, type Registry } from './berth.ts';
import type { LayerSpec } from './push.ts';

const base: readonly LayerSpec[] = [
  { step: '/bin/sh -c #(nop) ADD rootfs.tar.xz / ', bytes: 2_820_000 },
  { step: 'RUN /bin/sh -c apt-get install ca-certificates tzdata # buildkit', bytes: 914_000 },
  { step: 'COPY /usr/local/bin/node /usr/local/bin/ # buildkit', bytes: 4_160_000 },
  { step: 'ENV NODE_VERSION=24.21.0 YARN_VERSION=1.22.22', bytes: 0 },
  { step: 'WORKDIR /srv/app', bytes: 93 },
];
const build: readonly LayerSpec[] = [
  { step: 'COPY package.json package-lock.json ./ # buildkit', bytes: 184_000 },
  { step: 'RUN /bin/sh -c npm ci --omit=dev # buildkit', bytes: 3_890_000 },
  { step: 'COPY dist ./dist # buildkit', bytes: 631_000 },
  { step: 'USER node', bytes: 0 },
  { step: 'EXPOSE map[8080/tcp:{}]', bytes: 0 },
  { step: 'CMD ["node" "dist/main.js"]', bytes: 0 },
];
const platforms = [
  { os: 'linux', architecture: 'amd64' },
  { os: 'linux', architecture: 'arm64' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
] as const;

export interface Seeded {
  /** The index with three platforms and what refers to it. */
  readonly index: string;
  readonly image: string;
  readonly chart: string;
}

/** Fills a registry with the people, projects and images of the pictures. */
export async function seed(registry: Registry): Promise<Seeded> {
  await seedProjects(registry);
  const repository = 'web/storefront-api';
  const rest = ['main-8c1f2e9', 'main-51aa0c4', 'pr-1482', '2.13.2', 'pr-1479', 'debug-heap'];
  for (const tag of rest.toReversed()) {
    const own = { step: `RUN /bin/sh -c build ${tag}`, bytes: 61_300 + tag.length * 7000 };
    await registry.push({ repository, tags: [tag], layers: [...base, own] });
  }
  await registry.push({ repository, tags: [], layers: [...base, { step: 'RUN untagged', bytes: 5000 }] });
  const chart = await registry.push({
    repository,
    tags: ['chart-2.12.4'],
    layers: [{ step: 'chart', bytes: 18_400 }],
    chart: { name: 'storefront-api', version: '2.12.4' },
  });
  const image = await registry.push({ repository, tags: ['2.13.1', '2.13'], layers: [...base, ...build] });
  const index = await registry.push({
    repository,
    tags: ['2.14.0', '2.14', 'latest'],
    layers: [...base, ...build],
    platforms,
  });
  await seedReferrers(registry, repository, index);
  for (const name of ['storefront-web', 'backoffice', 'search/indexer', 'mailer']) {
    await registry.push({ repository: `web/${name}`, tags: ['1.0.0'], layers: [...base] });
  }
  await registry.push({ repository: 'tools/jq', tags: ['1.8', 'latest'] });
  return { index, image, chart };
}

async function seedProjects(registry: Registry): Promise<void> {
  const people = ['mei.lin', 'wei.zhang', 'anna.berg', 'tomas'];
  const names = ['Mei Lin', 'Wei Zhang', 'Anna Berg', 'Tomás Prado'];
  for (const [index, person] of people.entries()) await createUser(registry, person, names[index]);
  for (const name of ['web', 'sandbox', 'payments', 'data', 'ml-serving', 'edge', 'legacy-2024']) {
    await createProject(registry, name);
  }
  for (const name of ['platform', 'charts', 'tools']) await createProject(registry, name, true);
  await addMember(registry, 'web', { username: 'mei.lin', role: 'projectAdmin' });
  await addMember(registry, 'web', { username: 'wei.zhang', role: 'maintainer' });
  await addMember(registry, 'web', { username: 'anna.berg', role: 'developer' });
  await addMember(registry, 'web', { username: 'tomas', role: 'guest' });
}

async function seedReferrers(registry: Registry, repository: string, digest: string): Promise<void> {
  const types = [
    'application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/spdx+json',
    'application/vnd.in-toto+json',
  ];
  for (const artifactType of types) {
    const layers = [{ step: artifactType, bytes: 900 }];
    await registry.push({ repository, tags: [], layers, subject: { digest, artifactType } });
  }
}
