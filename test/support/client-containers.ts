import { join } from 'node:path';
import type { Client, Reach } from './clients.ts';
import { layoutDigest, readLayout } from './image.ts';
import { makeContainersStore, type ContainersStore } from './podman.ts';
import { temporaryFolder, type RunResult } from './process.ts';
import { proxyEnv } from './reach.ts';

const openStore = (reach: Reach): Promise<ContainersStore> =>
  makeContainersStore({ env: proxyEnv(reach), trusted: reach.tls?.authority, host: reach.host });

/** podman and buildah are the same here, but for how they tell what they hold. */
async function openEngine(
  tool: 'podman' | 'buildah',
  reach: Reach,
): Promise<Client & { readonly store: ContainersStore; readonly verify: readonly string[] }> {
  const store = await openStore(reach);
  const verify = reach.tls ? [] : ['--tls-verify=false'];
  const attempt = (...args: readonly string[]): Promise<RunResult> => store.attempt(tool, ...args);
  return {
    store,
    verify,
    load: async (image, name) => {
      await store.run('skopeo', 'copy', image.source, store.reference(name));
    },
    login: (user, password) => store.login({ tool, host: reach.host, user, password, verify }),
    push: (name) => attempt('push', ...verify, name),
    pull: (name) => attempt('pull', ...verify, name),
    identify: (name) => identify(tool, store, name),
    pushIndex: async (image, name) => {
      await store.run(tool, 'manifest', 'create', 'localhost/index:1');
      await store.run(tool, 'manifest', 'add', '--all', 'localhost/index:1', image.source);
      return attempt('manifest', 'push', '--all', ...verify, 'localhost/index:1', `docker://${name}`);
    },
    copy: async (from, to) => {
      await store.run(tool, 'tag', from, to);
      return attempt('push', ...verify, to);
    },
    dispose: store.dispose,
  };
}

/** The image's id, which is the digest of its config, and the digest of each unpacked layer. */
async function identify(tool: 'podman' | 'buildah', store: ContainersStore, name: string): Promise<string> {
  if (tool === 'podman') {
    return (
      await store.run('podman', 'image', 'inspect', '--format', '{{.Id}} {{.RootFS.Layers}}', name)
    ).trim();
  }
  const format = ['--type', 'image', '--format', '{{.FromImageID}} {{.OCIv1.RootFS.DiffIDs}}'];
  return (await store.run('buildah', 'inspect', ...format, name)).trim();
}

export async function openPodman(reach: Reach): Promise<Client> {
  const { store, verify, ...engine } = await openEngine('podman', reach);
  return {
    ...engine,
    tags: (repository) => store.attempt('podman', 'search', '--list-tags', ...verify, repository),
    catalog: () => store.attempt('podman', 'search', '--limit', '100', ...verify, `${reach.host}/`),
  };
}

export async function openBuildah(reach: Reach): Promise<Client> {
  const { store: _store, verify: _verify, ...engine } = await openEngine('buildah', reach);
  return engine;
}

/** skopeo holds nothing: its store here is a folder of image layouts. */
export async function openSkopeo(reach: Reach): Promise<Client> {
  const store = await openStore(reach);
  const folder = await temporaryFolder('berth-sko');
  const verify = reach.tls ? [] : ['--tls-verify=false'];
  const [source, target] = reach.tls ? [[], []] : [['--src-tls-verify=false'], ['--dest-tls-verify=false']];
  const copy = (...args: readonly string[]): Promise<RunResult> =>
    store.attempt('skopeo', 'copy', '--all', '--preserve-digests', ...args);
  const layout = (name: string): string => join(folder.path, name.replaceAll(/[/:]/g, '_'));
  const client: Client = {
    load: async (image, name) => {
      await store.run('skopeo', 'copy', '--all', image.source, `oci:${layout(name)}:it`);
    },
    login: (user, password) => store.login({ tool: 'skopeo', host: reach.host, user, password, verify }),
    push: (name) => copy(...target, `oci:${layout(name)}:it`, `docker://${name}`),
    pull: (name) => copy(...source, `docker://${name}`, `oci:${layout(name)}:it`),
    identify: async (name) => [layoutDigest(layout(name)), ...(await readLayout(layout(name)))].join(' '),
    pushIndex: async (image, name) => {
      await client.load(image, name);
      return client.push(name);
    },
    copy: (from, to) => copy(...source, ...target, `docker://${from}`, `docker://${to}`),
    remove: (name) => store.attempt('skopeo', 'delete', ...verify, `docker://${name}`),
    tags: (repository) => store.attempt('skopeo', 'list-tags', ...verify, `docker://${repository}`),
    dispose: async () => {
      await store.dispose();
      await folder.dispose();
    },
  };
  return client;
}
