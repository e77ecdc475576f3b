import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeContainersStore } from './podman.ts';
import { attempt, run, temporaryFolder } from './process.ts';
import { digestOf } from './registry-client.ts';

export interface TestImage {
  /** A folder in the OCI image layout that holds this one image under `tag`. */
  readonly layout: string;
  readonly tag: string;
  /** For skopeo, podman and buildah: `oci:FOLDER:TAG`. */
  readonly source: string;
  /** The digest of its manifest or index. */
  readonly digest: string;
}

/** What the caches' folder is called; raise the number when an image is made differently. */
const layoutVersion = 1;

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'berth', 'test-images');

/**
 * A real Debian with dpkg, apt and a shell, made by debootstrap from the machine's own mirror and packed by
 * buildah in two layers. About 40 s the first time, kept in the cache folder after that. Needs root.
 */
export async function makeDebianImage(): Promise<TestImage> {
  const { suite, mirror } = await debianMirror();
  return cached(`debian-${suite}-${process.arch}`, suite, async (layout, work) => {
    const root = join(work, 'rootfs');
    // No signature check: packages are compared by their hashes, and the image is only test data.
    await run('debootstrap', ['--variant=minbase', '--no-check-gpg', suite, root, mirror], {
      env: process.env,
      timeoutMs: 900_000,
    });
    for (const folder of [
      'usr/share/doc',
      'usr/share/locale',
      'usr/share/man',
      'var/cache/apt',
      'var/lib/apt/lists',
    ]) {
      await rm(join(root, folder), { recursive: true, force: true });
    }
    await mkdir(join(work, 'app'));
    await writeFile(join(work, 'app/hello.sh'), '#!/bin/sh\necho "hello from a real image"\n', {
      mode: 0o755,
    });
    await cp('/etc/os-release', join(work, 'app/made-on'), { dereference: true });
    await writeFile(join(work, 'Containerfile.base'), 'FROM scratch\nADD rootfs /\nCMD ["bash"]\n');
    await writeFile(
      join(work, 'Containerfile'),
      'FROM localhost/base:1\nCOPY app /srv/app\nLABEL org.opencontainers.image.title="debian"\nCMD ["/srv/app/hello.sh"]\n',
    );
    const store = await makeContainersStore();
    try {
      const build = ['bud', '--isolation', 'chroot', '--format', 'oci', '--layers'];
      await store.run(
        'buildah',
        ...build,
        '-t',
        'localhost/base:1',
        '-f',
        join(work, 'Containerfile.base'),
        work,
      );
      await store.run(
        'buildah',
        ...build,
        '-t',
        'localhost/debian:1',
        '-f',
        join(work, 'Containerfile'),
        work,
      );
      await store.run('buildah', 'push', 'localhost/debian:1', `oci:${layout}:${suite}`);
    } finally {
      await store.dispose();
    }
  });
}

/** An index of one file for three platforms (amd64, arm64, arm/v7), made by buildah; a few hundred bytes each. */
export function makeMultiPlatformImage(): Promise<TestImage> {
  return cached('multi-platform', 'multi', async (layout, work) => {
    const store = await makeContainersStore();
    try {
      await store.run('buildah', 'manifest', 'create', 'localhost/tiny:multi');
      for (const platform of ['linux/amd64', 'linux/arm64', 'linux/arm/v7']) {
        const tag = `localhost/tiny:${platform.replaceAll('/', '-')}`;
        await writeFile(join(work, 'hello'), `hello from ${platform}\n`);
        await writeFile(join(work, 'Containerfile'), 'FROM scratch\nCOPY hello /hello\n');
        const args = [
          'bud',
          '--isolation',
          'chroot',
          '--format',
          'oci',
          '--platform',
          platform,
          '-t',
          tag,
          work,
        ];
        await store.run('buildah', ...args);
        await store.run('buildah', 'manifest', 'add', 'localhost/tiny:multi', tag);
      }
      const push = [
        'manifest',
        'push',
        '--all',
        '--format',
        'oci',
        'localhost/tiny:multi',
        `oci:${layout}:multi`,
      ];
      await store.run('buildah', ...push);
    } finally {
      await store.dispose();
    }
  });
}

/**
 * An image for this machine with a small layer and one of `bytes` random bytes, so that no registry has it and nothing
 * packs it any smaller. Made anew each time; `dispose` removes it.
 */
export async function makeBallastImage(
  bytes: number,
): Promise<TestImage & { readonly dispose: () => Promise<void> }> {
  const folder = await temporaryFolder('berth-bal');
  const layout = join(folder.path, 'layout');
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const store = async (mediaType: string, content: Buffer) => {
    const digest = digestOf(content);
    await writeFile(join(layout, 'blobs', digest.replace(':', '/')), content);
    return { mediaType, digest, size: content.length };
  };
  const layers = [];
  const unpacked: string[] = [];
  for (const [name, content] of [
    ['note', Buffer.from('a small layer\n')],
    ['ballast', randomBytes(bytes)],
  ] as const) {
    await writeFile(join(folder.path, name), content);
    const file = join(folder.path, `${name}.tar`);
    await run('tar', [
      '--create',
      '--file',
      file,
      '--directory',
      folder.path,
      '--owner=0',
      '--group=0',
      name,
    ]);
    const archive = await readFile(file);
    unpacked.push(digestOf(archive));
    layers.push(await store('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(archive, { level: 1 })));
  }
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: unpacked };
  const settings = Buffer.from(JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }));
  const config = await store('application/vnd.oci.image.config.v1+json', settings);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = { schemaVersion: 2, mediaType, config, layers };
  const top = await store(mediaType, Buffer.from(JSON.stringify(manifest)));
  const named = { ...top, annotations: { 'org.opencontainers.image.ref.name': 'ballast' } };
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  const source = `oci:${layout}:ballast`;
  return { layout, tag: 'ballast', source, digest: top.digest, dispose: folder.dispose };
}

interface Archive {
  readonly image: TestImage;
  readonly form: 'docker-archive' | 'oci-archive';
  /** The name in the archive: a whole one for docker, a tag for OCI. */
  readonly label: string;
  /** Which of several platforms goes into an archive for docker; this machine's by default. */
  readonly architecture?: string | undefined;
}

/** Lets docker or ctr read an image from an archive, which skopeo writes. */
export async function withArchive(archive: Archive, use: (file: string) => Promise<void>): Promise<void> {
  const folder = await temporaryFolder('berth-arc');
  const store = await makeContainersStore();
  try {
    const file = join(folder.path, 'image.tar');
    const { form, label, architecture } = archive;
    const chosen = architecture === undefined ? [] : ['--override-arch', architecture];
    const all = form === 'oci-archive' ? ['--all'] : [];
    await store.run('skopeo', ...chosen, 'copy', ...all, archive.image.source, `${form}:${file}:${label}`);
    await use(file);
  } finally {
    await store.dispose();
    await folder.dispose();
  }
}

/** Digest and size of every blob of a layout, from the bytes of its files, sorted as `readImage` gives them. */
export async function readLayout(layout: string): Promise<readonly string[]> {
  const folder = join(layout, 'blobs/sha256');
  const files = readdirSync(folder);
  const parts = await Promise.all(
    files.map(async (name) => {
      const bytes = await readFile(join(folder, name));
      const digest = digestOf(bytes);
      if (digest !== `sha256:${name}`) throw new Error(`${name} in ${layout} holds other bytes`);
      return `${digest} ${bytes.length}`;
    }),
  );
  return parts.toSorted();
}

/** The digest that a layout's index.json names; throws unless it holds exactly one image. */
export function layoutDigest(layout: string): string {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    manifests: { digest: string }[];
  };
  const [only, ...others] = index.manifests;
  if (only === undefined || others.length > 0) throw new Error(`${layout} does not hold exactly one image`);
  return only.digest;
}

async function cached(
  name: string,
  tag: string,
  make: (layout: string, work: string) => Promise<void>,
): Promise<TestImage> {
  const layout = join(cache, `${name}-${layoutVersion}`);
  if (!existsSync(layout)) {
    await mkdir(dirname(layout), { recursive: true });
    // Made beside its place and moved there whole: an interrupted run leaves nothing that looks finished.
    const work = await mkdtemp(join(cache, 'making-'));
    try {
      const fresh = join(work, 'layout');
      await make(fresh, work);
      await rename(fresh, layout).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return { layout, tag, source: `oci:${layout}:${tag}`, digest: layoutDigest(layout) };
}

/** The Debian suite and mirror that this machine's own apt uses. */
async function debianMirror(): Promise<{ suite: string; mirror: string }> {
  const format = ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages'];
  const targets = (await attempt('apt-get', format)).stdout.split('\n').map((line) => line.split(' '));
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const mirror = targets.find(([, release]) => release === suite)?.[0];
  if (suite === undefined || mirror === undefined)
    throw new Error('apt names no mirror to make an image from');
  return { suite, mirror };
}
