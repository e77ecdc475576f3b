import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, cleanEnv, run, temporaryFolder, type RunResult } from './process.ts';

type ContainersTool = 'podman' | 'buildah' | 'skopeo';

export interface ContainersStore {
  /** Runs podman, buildah or skopeo with this store and these credentials; throws when it fails. */
  readonly run: (tool: ContainersTool, ...args: readonly string[]) => Promise<string>;
  readonly attempt: (tool: ContainersTool, ...args: readonly string[]) => Promise<RunResult>;
  /** The name of an image in this store, for tools that are told of stores by name: `containers-storage:...`. */
  readonly reference: (name: string) => string;
  readonly login: (as: ContainersLogin) => Promise<RunResult>;
  readonly dispose: () => Promise<void>;
}

interface ContainersLogin {
  readonly tool: ContainersTool;
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** How the registry is trusted: nothing for what the store trusts, `--tls-verify=false` for plain HTTP. */
  readonly verify: readonly string[];
}

export interface ContainersOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The file of the authority that is trusted for `host`. */
  readonly trusted?: string | undefined;
  readonly host?: string;
}

/** A store (vfs) and a credentials file of its own for podman, buildah and skopeo; nothing runs in between. */
export async function makeContainersStore(options: ContainersOptions = {}): Promise<ContainersStore> {
  const folder = await temporaryFolder('berth-ctr');
  const at = (name: string): string => join(folder.path, name);
  // buildah refuses a file of credentials that is named and not there.
  await writeFile(at('auth.json'), '{}');
  if (options.trusted !== undefined && options.host !== undefined) {
    const certificates = at(`.config/containers/certs.d/${options.host}`);
    await mkdir(certificates, { recursive: true });
    await copyFile(options.trusted, join(certificates, 'ca.crt'));
  }
  const env = cleanEnv({
    ...options.env,
    // For the certificates; the machine's own are no business of a test.
    HOME: folder.path,
    REGISTRY_AUTH_FILE: at('auth.json'),
    TMPDIR: folder.path,
    XDG_RUNTIME_DIR: folder.path,
  });
  const store = ['--root', at('root'), '--runroot', at('run'), '--storage-driver', 'vfs'];
  // skopeo has no store; it reads and writes registries and folders.
  const withStore = (tool: ContainersTool, args: readonly string[]): readonly string[] =>
    tool === 'skopeo' ? ['--tmpdir', folder.path, ...args] : [...store, ...args];
  return {
    run: (tool, ...args) => run(tool, withStore(tool, args), { env }),
    attempt: (tool, ...args) => attempt(tool, withStore(tool, args), { env }),
    reference: (name) => `containers-storage:[vfs@${at('root')}+${at('run')}]${name}`,
    login: ({ tool, host, user, password, verify }) => {
      const args = ['login', ...verify, '--username', user, '--password-stdin', host];
      return attempt(tool, withStore(tool, args), { env, input: password });
    },
    dispose: async () => {
      // Mounts of a store keep its folder busy.
      await attempt('umount', [at('root/vfs')]);
      await folder.dispose();
    },
  };
}
