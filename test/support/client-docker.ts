import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, Reach } from './clients.ts';
import { startDockerd } from './dockerd.ts';
import { withArchive, type TestImage } from './image.ts';
import type { RunResult } from './process.ts';
import { proxyEnv } from './reach.ts';

/** dockerd looks for authorities here and nowhere else. */
const certificates = '/etc/docker/certs.d';

/** docker with a dockerd of its own. Over TLS it finds the authority below /etc/docker, for the time of the test. */
export async function openDocker(reach: Reach): Promise<Client> {
  const forget = await trust(reach);
  const daemon = await startDockerd(proxyEnv(reach));
  const insecure = reach.tls ? [] : ['--insecure'];
  const manifest = (verb: string, ...args: readonly string[]): Promise<RunResult> =>
    daemon.attempt('manifest', verb, ...insecure, ...args);
  const load = (image: TestImage, name: string, architecture?: string): Promise<void> =>
    withArchive({ image, form: 'docker-archive', label: name, architecture }, async (file) => {
      await daemon.docker('load', '--input', file);
    });
  return {
    load,
    login: (user, password) => daemon.login(reach.host, user, password),
    push: (name) => daemon.attempt('push', name),
    pull: (name) => daemon.attempt('pull', name),
    // The image's id is the digest of its config, which names the digest of each unpacked layer.
    identify: async (name) =>
      (await daemon.docker('image', 'inspect', '-f', '{{.Id}} {{json .RootFS.Layers}}', name)).trim(),
    pushIndex: async (image, name) => {
      const parts = ['amd64', 'arm64'].map((architecture) => ({
        architecture,
        part: `${name}-${architecture}`,
      }));
      for (const { architecture, part } of parts) {
        await load(image, part, architecture);
        await daemon.docker('push', part);
      }
      const created = await manifest('create', name, ...parts.map(({ part }) => part));
      return created.code === 0 ? manifest('push', name) : created;
    },
    copy: async (from, to) => {
      await daemon.docker('tag', from, to);
      return daemon.attempt('push', to);
    },
    dispose: async () => {
      await daemon.dispose();
      await forget();
    },
  };
}

/** Gives dockerd the authority for this registry; what is given back takes it away, if it was not there before. */
async function trust({ host, tls }: Reach): Promise<() => Promise<void>> {
  if (tls?.authority === undefined) return async () => {};
  await mkdir(certificates, { recursive: true });
  const folder = join(certificates, host);
  try {
    await mkdir(folder);
  } catch {
    // Another store of this test put it there, and takes it away.
    return async () => {};
  }
  await copyFile(tls.authority, join(folder, 'ca.crt'));
  return () => rm(folder, { recursive: true, force: true });
}
