import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGo, goToolPath, makeGoTool, type GoTool } from '#build/go-tools.ts';
import { startBerth, type Berth, type BerthOptions } from '#test/support/berth.ts';
import { asAdmin, createProject } from '#test/support/berth-setup.ts';
import { cleanEnv, findCommand, freePort, run, start, temporaryFolder } from '#test/support/process.ts';
import { ask } from '#test/support/registry-client.ts';

/** The project and repository that everything is measured in; the project is private on ours. */
export const PROJECT = 'bench';
export const REPOSITORY = `${PROJECT}/app`;

/** A registry under measurement, as a process of its own. */
export interface Target {
  readonly id: 'berth' | PeerId;
  readonly title: string;
  readonly origin: string;
  readonly host: string;
  readonly pid: number;
  /** The Authorization header for the repository, fresh; undefined where the server is open to all. */
  authorization(repository?: string): Promise<string | undefined>;
  /** `user:password` for clients that sign in themselves. */
  readonly credentials?: string;
  dispose(): Promise<void>;
}

export type PeerId = 'docker-registry' | 'distribution';

const DISTRIBUTION: GoTool = {
  name: 'registry',
  source: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
};

/** Asks the token service that the challenge of /v2/ names, as any client does. */
async function fetchToken(berth: Berth, repository: string): Promise<string> {
  const challenge = (await fetch(new URL('/v2/', berth.origin))).headers.get('www-authenticate') ?? '';
  const part = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const url = new URL(part('realm'));
  url.searchParams.set('service', part('service'));
  url.searchParams.set('scope', `repository:${repository}:pull,push`);
  const reply = await ask(asAdmin(berth), url.href);
  if (!reply.ok) throw new Error(`${url.href}: ${reply.status} ${await reply.text()}`);
  return ((await reply.json()) as { token: string }).token;
}

/** Berth as `npm run serve` runs it, on a fresh folder unless `options` name one, with a private project. */
export async function startOurs(options: BerthOptions = {}): Promise<Target & { readonly berth: Berth }> {
  const berth = await startBerth(options);
  try {
    const known = await ask(asAdmin(berth), `/api/v2.0/projects/${PROJECT}`);
    if (known.status === 404) await createProject(berth, PROJECT);
  } catch (error) {
    await berth.dispose();
    throw error;
  }
  return {
    id: 'berth',
    title: 'Berth',
    origin: berth.origin,
    host: berth.host,
    pid: berth.server.pid,
    authorization: async (repository = REPOSITORY) => `Bearer ${await fetchToken(berth, repository)}`,
    credentials: `admin:${berth.adminPassword}`,
    dispose: berth.dispose,
    berth,
  };
}

/** Where the peer's program is, or undefined; CNCF Distribution is built where Go is, once, in a few minutes. */
async function findPeer(id: PeerId, say: (line: string) => void): Promise<string | undefined> {
  if (id === 'docker-registry') return findCommand('docker-registry');
  if (existsSync(goToolPath(DISTRIBUTION))) return goToolPath(DISTRIBUTION);
  if (findGo() === undefined) return undefined;
  say('building CNCF Distribution 3.1.2: a few minutes, once');
  return makeGoTool(DISTRIBUTION).catch((error: unknown) => {
    say(String(error));
    return undefined;
  });
}

const TITLES: Readonly<Record<PeerId, string>> = {
  'docker-registry': 'docker-registry 2.8.2',
  distribution: 'Distribution 3.1.2',
};

/** A peer's program with its own configuration of test/bench/peers; undefined where the machine has none. */
export async function startPeer(id: PeerId, say: (line: string) => void): Promise<Target | undefined> {
  const program = await findPeer(id, say);
  if (program === undefined) return undefined;
  const folder = await temporaryFolder(`bench-${id}`);
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = readFileSync(join(import.meta.dirname, 'peers', `${id}.yml`), 'utf8')
    .replaceAll('@FOLDER@', folder.path)
    .replaceAll('@PORT@', String(port));
  const file = join(folder.path, 'config.yml');
  writeFileSync(file, config);
  const server = await start(program, ['serve', file], {
    env: cleanEnv({ OTEL_TRACES_EXPORTER: 'none' }),
    ready: async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.status === 200,
  });
  return {
    id,
    title: TITLES[id],
    origin: `http://${host}`,
    host,
    pid: server.pid,
    authorization: () => Promise.resolve(undefined),
    dispose: async () => {
      await server.dispose();
      await folder.dispose();
    },
  };
}

/** Lets the disk finish what an earlier measurement left to it, so that nobody pays for another's writes. */
export async function settle(): Promise<void> {
  await run('sync', []);
}
