import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Reach } from './clients.ts';
import { startContainerd } from './containerd.ts';
import { withArchive } from './image.ts';
import { temporaryFolder, type RunResult } from './process.ts';
import { proxyEnv } from './reach.ts';

/** ctr with a containerd of its own. It has no login: credentials go with each command. */
export async function openContainerd(reach: Reach): Promise<Client> {
  const daemon = await startContainerd(proxyEnv(reach));
  const hosts = await temporaryFolder('berth-hst');
  const transport = reach.tls ? ['--hosts-dir', hosts.path] : ['--plain-http'];
  await writeHosts(hosts.path, reach);
  let account: readonly string[] = [];
  const remote = (verb: 'push' | 'pull', ...args: readonly string[]): Promise<RunResult> =>
    daemon.attempt('image', verb, ...transport, ...account, ...args);
  const client: Client = {
    load: async (image, name) => {
      // Named by the archive's own label below this base, not wrapped into an index of its own.
      const base = name.slice(0, name.lastIndexOf(':'));
      const label = name.slice(base.length + 1);
      const unpack = ['--snapshotter', 'native', '--all-platforms', '--no-unpack'];
      await withArchive({ image, form: 'oci-archive', label }, async (file) => {
        await daemon.ctr('image', 'import', ...unpack, '--base-name', base, file);
      });
    },
    login: async (user, password) => {
      account = ['--user', `${user}:${password}`];
      return { code: 0, signal: null, stdout: '', stderr: '' };
    },
    push: (name) => remote('push', name),
    pull: (name) => remote('pull', '--snapshotter', 'native', '--all-platforms', name),
    identify: async (name) => {
      const line = (await daemon.ctr('image', 'ls', `name==${name}`))
        .split('\n')
        .find((each) => each.startsWith(name));
      return /sha256:[0-9a-f]{64}/.exec(line ?? '')?.[0] ?? 'nothing';
    },
    pushIndex: async (image, name) => {
      await client.load(image, name);
      return client.push(name);
    },
    copy: async (from, to) => {
      // It mounts only from where it pulled something: that alone it notes down.
      const noted = await client.pull(from);
      if (noted.code !== 0) return noted;
      await daemon.ctr('image', 'tag', from, to);
      return client.push(to);
    },
    dispose: async () => {
      await daemon.dispose();
      await hosts.dispose();
    },
  };
  return client;
}

async function writeHosts(folder: string, { host, tls }: Reach): Promise<void> {
  if (!tls) return;
  await mkdir(join(folder, host));
  const trusted = tls.authority === undefined ? [] : [`ca = "${tls.authority}"`];
  const lines = [
    // Where the host below does not know an image, the server is asked: it is the same one.
    `server = "https://${host}"`,
    ...trusted,
    `[host."https://${host}"]`,
    'capabilities = ["pull", "resolve", "push"]',
    ...trusted,
  ];
  await writeFile(join(folder, host, 'hosts.toml'), `${lines.join('\n')}\n`);
}
