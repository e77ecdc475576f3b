import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, cleanEnv, run, start, temporaryFolder, type RunResult } from './process.ts';

export interface Docker {
  /** Runs a docker command against this daemon; throws with its output when it fails. */
  readonly docker: (...args: readonly string[]) => Promise<string>;
  readonly attempt: (...args: readonly string[]) => Promise<RunResult>;
  readonly login: (host: string, user: string, password: string) => Promise<RunResult>;
  readonly dispose: () => Promise<void>;
}

/**
 * Starts a dockerd of its own with an empty store (vfs), no network and no iptables, and these variables for it and
 * its client; needs root. Registries on 127.0.0.0/8 may be plain HTTP, as everywhere with docker.
 */
export async function startDockerd(extra: NodeJS.ProcessEnv = {}): Promise<Docker> {
  const folder = await temporaryFolder('berth-dkr');
  const at = (name: string): string => join(folder.path, name);
  await mkdir(at('config'));
  const socket = `unix://${at('d.sock')}`;
  const env = cleanEnv({ ...extra, DOCKER_HOST: socket, DOCKER_CONFIG: at('config') });
  const folders = [
    '--data-root',
    at('root'),
    '--exec-root',
    at('exec'),
    '--pidfile',
    at('pid'),
    '--host',
    socket,
  ];
  const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
  const daemon = await start('dockerd', [...folders, ...network, '--storage-driver', 'vfs'], {
    env,
    readyTimeoutMs: 60_000,
    stopTimeoutMs: 30_000,
    ready: async () => (await attempt('docker', ['version'], { env, timeoutMs: 20_000 })).code === 0,
  });
  return {
    docker: (...args) => run('docker', args, { env }),
    attempt: (...args) => attempt('docker', args, { env }),
    login: (host, user, password) =>
      attempt('docker', ['login', '--username', user, '--password-stdin', host], { env, input: password }),
    dispose: async () => {
      await daemon.dispose();
      // dockerd leaves this mount behind, and nothing can be removed below it.
      await attempt('umount', [at('exec/netns/default')]);
      await folder.dispose();
    },
  };
}
