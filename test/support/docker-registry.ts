import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnv, freePort, run, start, temporaryFolder } from './process.ts';
import { ask, type Registry } from './registry-client.ts';

export interface PeerRegistry extends Registry {
  readonly host: string;
  readonly pid: number;
  readonly dispose: () => Promise<void>;
}

/** Starts Debian's docker-registry on a free port of 127.0.0.1, open or for one user with a password. */
export async function startDockerRegistry(account?: {
  user: string;
  password: string;
}): Promise<PeerRegistry> {
  const folder = await temporaryFolder('berth-reg');
  const port = await freePort();
  const config: Record<string, unknown> = {
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder.path, 'store') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'only for tests' },
  };
  if (account) {
    const path = join(folder.path, 'htpasswd');
    await writeFile(path, await run('htpasswd', ['-Bbn', account.user, account.password]));
    config['auth'] = { htpasswd: { realm: 'peer', path } };
  }
  // JSON is YAML.
  const file = join(folder.path, 'config.yml');
  await writeFile(file, JSON.stringify(config));
  const host = `127.0.0.1:${port}`;
  const registry: Registry = { origin: `http://${host}`, ...account };
  const server = await start('docker-registry', ['serve', file], {
    env: cleanEnv(),
    ready: async () => (await ask(registry, '/v2/').catch(() => undefined))?.status === 200,
  });
  return {
    ...registry,
    host,
    pid: server.pid,
    dispose: async () => {
      await server.dispose();
      await folder.dispose();
    },
  };
}
