import { join } from 'node:path';
import { startContainerd } from './containerd.ts';
import { startDockerd } from './dockerd.ts';
import { layoutDigest, readLayout, type TestImage } from './image.ts';
import { makeContainersStore } from './podman.ts';
import { temporaryFolder, type RunResult } from './process.ts';

/** One real client with a store of its own, driven in the same way whatever it is. */
export interface Client {
  /** Puts a test image into the store under the name it will be pushed as, HOST:PORT/REPOSITORY:TAG. */
  readonly load: (image: TestImage, name: string) => Promise<void>;
  /** Tells the client its credentials for a registry; refused credentials show here or at the first push. */
  readonly login: (host: string, user: string, password: string) => Promise<RunResult>;
  readonly push: (name: string) => Promise<RunResult>;
  readonly pull: (name: string) => Promise<RunResult>;
  /** What the store holds under a name, as digests: the same in two stores if and only if the image is. */
  readonly identify: (name: string) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

export interface ClientKind {
  readonly name: string;
  /** Commands without which it cannot be tried. */
  readonly needs: readonly string[];
  /** It pushes an index of several platforms as a whole, and byte for byte what it was given. */
  readonly keepsBytes: boolean;
  /** It prints the registry's own sentence when a push is refused; containerd 1.6 prints only the status. */
  readonly showsRefusals: boolean;
  readonly open: () => Promise<Client>;
}

export const clientKinds: readonly ClientKind[] = [
  {
    name: 'docker',
    needs: ['dockerd', 'docker', 'skopeo'],
    keepsBytes: false,
    showsRefusals: true,
    open: openDocker,
  },
  { name: 'podman', needs: ['podman', 'skopeo'], keepsBytes: false, showsRefusals: true, open: openPodman },
  { name: 'skopeo', needs: ['skopeo', 'podman'], keepsBytes: true, showsRefusals: true, open: openSkopeo },
  {
    name: 'ctr',
    needs: ['containerd', 'ctr', 'skopeo'],
    keepsBytes: true,
    showsRefusals: false,
    open: openContainerd,
  },
];

async function openDocker(): Promise<Client> {
  const daemon = await startDockerd();
  return {
    load: async (image, name) => {
      await withArchive(image, `docker-archive`, name, (file) => daemon.docker('load', '--input', file));
    },
    login: daemon.login,
    push: (name) => daemon.attempt('push', name),
    pull: (name) => daemon.attempt('pull', name),
    // The image's id is the digest of its config, which names the digest of each unpacked layer.
    identify: async (name) =>
      (await daemon.docker('image', 'inspect', '-f', '{{.Id}} {{json .RootFS.Layers}}', name)).trim(),
    dispose: daemon.dispose,
  };
}

async function openPodman(): Promise<Client> {
  const store = await makeContainersStore();
  const format = '{{.Id}} {{.RootFS.Layers}}';
  return {
    load: async (image, name) => {
      await store.run('skopeo', 'copy', image.source, store.reference(name));
    },
    login: store.login,
    push: (name) => store.attempt('podman', 'push', '--tls-verify=false', name),
    pull: (name) => store.attempt('podman', 'pull', '--tls-verify=false', name),
    identify: async (name) =>
      (await store.run('podman', 'image', 'inspect', '--format', format, name)).trim(),
    dispose: store.dispose,
  };
}

async function openSkopeo(): Promise<Client> {
  const store = await makeContainersStore();
  const folder = await temporaryFolder('berth-sko');
  const copy = (...args: readonly string[]): Promise<RunResult> =>
    store.attempt('skopeo', 'copy', '--all', ...args);
  const layout = (name: string): string => join(folder.path, name.replaceAll(/[/:]/g, '_'));
  return {
    load: async (image, name) => {
      await store.run('skopeo', 'copy', '--all', image.source, `oci:${layout(name)}:it`);
    },
    login: store.login,
    push: (name) =>
      copy('--preserve-digests', '--dest-tls-verify=false', `oci:${layout(name)}:it`, `docker://${name}`),
    pull: (name) =>
      copy('--preserve-digests', '--src-tls-verify=false', `docker://${name}`, `oci:${layout(name)}:it`),
    identify: async (name) => [layoutDigest(layout(name)), ...(await readLayout(layout(name)))].join(' '),
    dispose: async () => {
      await store.dispose();
      await folder.dispose();
    },
  };
}

async function openContainerd(): Promise<Client> {
  const daemon = await startContainerd();
  let account: readonly string[] = [];
  const remote = (verb: string, name: string): Promise<RunResult> =>
    daemon.attempt(
      'image',
      verb,
      '--plain-http',
      ...(verb === 'pull' ? ['--snapshotter', 'native', '--all-platforms'] : []),
      ...account,
      name,
    );
  return {
    load: async (image, name) => {
      // Named by the archive's own label below this base, not wrapped into an index of its own.
      const base = name.slice(0, name.lastIndexOf(':'));
      const unpack = ['--snapshotter', 'native', '--all-platforms', '--no-unpack'];
      await withArchive(image, 'oci-archive', name, (file) =>
        daemon.ctr('image', 'import', ...unpack, '--base-name', base, file),
      );
    },
    login: async (_host, user, password) => {
      account = ['--user', `${user}:${password}`];
      return { code: 0, signal: null, stdout: '', stderr: '' };
    },
    push: (name) => remote('push', name),
    pull: (name) => remote('pull', name),
    identify: async (name) => {
      const line = (await daemon.ctr('image', 'ls', `name==${name}`))
        .split('\n')
        .find((each) => each.startsWith(name));
      return /sha256:[0-9a-f]{64}/.exec(line ?? '')?.[0] ?? 'nothing';
    },
    dispose: daemon.dispose,
  };
}

/** docker and ctr read an image from an archive, which skopeo writes. */
async function withArchive(
  image: TestImage,
  form: 'docker-archive' | 'oci-archive',
  name: string,
  use: (file: string) => Promise<unknown>,
): Promise<void> {
  const folder = await temporaryFolder('berth-arc');
  const store = await makeContainersStore();
  try {
    const file = join(folder.path, 'image.tar');
    const label = form === 'docker-archive' ? name : name.split(':').at(-1);
    const all = form === 'oci-archive' ? ['--all'] : [];
    await store.run('skopeo', 'copy', ...all, image.source, `${form}:${file}:${label}`);
    await use(file);
  } finally {
    await store.dispose();
    await folder.dispose();
  }
}
