import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goToolPath, goTools } from '#build/go-tools.ts';
import type { Client, Reach } from './clients.ts';
import { layoutDigest, readLayout } from './image.ts';
import { attempt, cleanEnv, run, temporaryFolder, type RunResult } from './process.ts';
import { proxyEnv } from './reach.ts';

/** A folder of image layouts, which both of these tools read and write. */
async function makeLayouts() {
  const folder = await temporaryFolder('berth-got');
  const layout = (name: string): string => join(folder.path, name.replaceAll(/[/:]/g, '_'));
  return {
    path: folder.path,
    layout,
    load: async (image: { readonly source: string }, name: string): Promise<void> => {
      await run('skopeo', ['--tmpdir', folder.path, 'copy', '--all', image.source, `oci:${layout(name)}:it`]);
    },
    identify: async (name: string): Promise<string> =>
      [layoutDigest(layout(name)), ...(await readLayout(layout(name)))].join(' '),
    dispose: folder.dispose,
  };
}

/** crane keeps nothing but credentials. Over TLS it trusts what the system trusts, which here is one file. */
export async function openCrane(reach: Reach): Promise<Client> {
  const layouts = await makeLayouts();
  const trusted = reach.tls?.authority === undefined ? {} : { SSL_CERT_FILE: reach.tls.authority };
  const env = cleanEnv({ ...proxyEnv(reach), ...trusted, DOCKER_CONFIG: layouts.path });
  const crane = (args: readonly string[], input?: string): Promise<RunResult> =>
    attempt(goToolPath(goTools.crane), args, { env, ...(input === undefined ? {} : { input }) });
  const client: Client = {
    load: layouts.load,
    login: (user, password) =>
      crane(['auth', 'login', reach.host, '--username', user, '--password-stdin'], password),
    push: (name) => crane(['push', layouts.layout(name), name]),
    pull: (name) => crane(['pull', '--format', 'oci', name, layouts.layout(name)]),
    identify: layouts.identify,
    pushIndex: async (image, name) => {
      await client.load(image, name);
      return client.push(name);
    },
    copy: (from, to) => crane(['copy', from, to]),
    remove: (name) => crane(['delete', name]),
    tags: (repository) => crane(['ls', repository]),
    catalog: () => crane(['catalog', reach.host]),
    dispose: layouts.dispose,
  };
  return client;
}

/** regctl, set to upload in chunks of 1 MiB: so it is the one client that resumes an upload. */
export async function openRegctl(reach: Reach): Promise<Client> {
  const layouts = await makeLayouts();
  const env = cleanEnv({
    ...proxyEnv(reach),
    REGCTL_CONFIG: join(layouts.path, 'regctl.json'),
    DOCKER_CONFIG: layouts.path,
  });
  const regctl = (args: readonly string[], input?: string): Promise<RunResult> =>
    attempt(goToolPath(goTools.regctl), args, { env, ...(input === undefined ? {} : { input }) });
  const trusted =
    reach.tls?.authority === undefined ? [] : ['--cacert', await readFile(reach.tls.authority, 'utf8')];
  const transport = ['--tls', reach.tls ? 'enabled' : 'disabled', ...trusted];
  const chunks = ['--blob-chunk', String(1 << 20), '--blob-max', String(1 << 20)];
  const set = await regctl(['registry', 'set', reach.host, '--skip-check', ...transport, ...chunks]);
  if (set.code !== 0) throw new Error(`regctl registry set: ${set.stderr}`);
  const stored = (name: string): string => `ocidir://${layouts.layout(name)}:it`;
  const client: Client = {
    load: layouts.load,
    login: (user, password) =>
      regctl(['registry', 'login', reach.host, '--user', user, '--pass-stdin'], password),
    push: (name) => regctl(['image', 'copy', stored(name), name]),
    pull: (name) => regctl(['image', 'copy', name, stored(name)]),
    identify: layouts.identify,
    pushIndex: async (image, name) => {
      await client.load(image, name);
      return client.push(name);
    },
    copy: (from, to) => regctl(['image', 'copy', from, to]),
    remove: (name) => regctl(['tag', 'delete', name]),
    tags: (repository) => regctl(['tag', 'ls', repository]),
    catalog: () => regctl(['repo', 'ls', reach.host]),
    dispose: layouts.dispose,
  };
  return client;
}
