import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, cleanEnv, run, start, temporaryFolder, type RunResult } from './process.ts';

export interface Containerd {
  /** Runs a ctr command against this daemon; throws with its output when it fails. */
  readonly ctr: (...args: readonly string[]) => Promise<string>;
  readonly attempt: (...args: readonly string[]) => Promise<RunResult>;
  /** Digests of everything in its content store, sorted; each was checked by containerd when it came in. */
  readonly contents: () => Promise<readonly string[]>;
  readonly dispose: () => Promise<void>;
}

/**
 * Starts a containerd of its own with an empty store, and these variables for it and ctr; needs root. ctr speaks plain
 * HTTP to 127.x by --plain-http.
 */
export async function startContainerd(extra: NodeJS.ProcessEnv = {}): Promise<Containerd> {
  const folder = await temporaryFolder('berth-ctd');
  const at = (name: string): string => join(folder.path, name);
  const config = [
    'version = 2',
    `root = "${at('root')}"`,
    `state = "${at('state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `  address = "${at('c.sock')}"`,
  ];
  await writeFile(at('config.toml'), `${config.join('\n')}\n`);
  const env = cleanEnv(extra);
  const ctr = (args: readonly string[]): [string, string[]] => ['ctr', ['-a', at('c.sock'), ...args]];
  const daemon = await start('containerd', ['--config', at('config.toml')], {
    env,
    ready: async () => (await attempt(...ctr(['version']), { env, timeoutMs: 20_000 })).code === 0,
  });
  return {
    ctr: (...args) => run(...ctr(args), { env }),
    attempt: (...args) => attempt(...ctr(args), { env }),
    contents: async () =>
      (await run(...ctr(['content', 'ls', '-q']), { env })).split('\n').filter(Boolean).toSorted(),
    dispose: async () => {
      await daemon.dispose();
      await folder.dispose();
    },
  };
}
