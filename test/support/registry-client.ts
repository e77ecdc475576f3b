import { createHash } from 'node:crypto';

/** What a test needs to know of any registry: where it is and who asks. */
export interface Registry {
  /** http://HOST:PORT */
  readonly origin: string;
  readonly user?: string;
  readonly password?: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** Everything an image consists of, by digest; the digests are computed here, from the bytes that came. */
export interface ImageContents {
  readonly digest: string;
  readonly mediaType: string;
  /** Digest of each manifest and blob of it with its number of bytes, sorted, as `readLayout` gives them. */
  readonly parts: readonly string[];
}

/** Sends a request to a registry with Basic credentials, where there are any. */
export function ask(registry: Registry, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (registry.user !== undefined) {
    const pair = Buffer.from(`${registry.user}:${registry.password ?? ''}`).toString('base64');
    headers.set('authorization', `Basic ${pair}`);
  }
  return fetch(new URL(path, registry.origin), { ...init, headers, redirect: 'manual' });
}

/** Reads a whole image from a registry, each byte of it; throws where a byte does not fit its digest. */
export async function readImage(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<ImageContents> {
  const top = await fetchChecked(registry, `/v2/${repository}/manifests/${reference}`);
  const parts = [`${top.digest} ${top.bytes.length}`];
  const visit = async (manifest: Manifest): Promise<void> => {
    for (const child of manifest.manifests ?? []) {
      const { bytes } = await fetchChecked(registry, `/v2/${repository}/manifests/${child.digest}`, child);
      parts.push(`${child.digest} ${bytes.length}`);
      await visit(JSON.parse(bytes.toString()) as Manifest);
    }
    for (const blob of [manifest.config, ...(manifest.layers ?? [])].filter((each) => each !== undefined)) {
      const { bytes } = await fetchChecked(registry, `/v2/${repository}/blobs/${blob.digest}`, blob);
      parts.push(`${blob.digest} ${bytes.length}`);
    }
  };
  await visit(JSON.parse(top.bytes.toString()) as Manifest);
  return { digest: top.digest, mediaType: top.mediaType, parts: [...new Set(parts)].toSorted() };
}

/** Uploads a blob by POST and one PUT; gives back its digest. Throws unless it is acknowledged with 201. */
export async function pushBlob(registry: Registry, repository: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const session = await ask(registry, `/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  if (session.status !== 202) throw new Error(`POST upload: ${session.status} ${await session.text()}`);
  const location = new URL(session.headers.get('location') ?? '', registry.origin);
  location.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const done = await ask(registry, location.href, { method: 'PUT', body: new Uint8Array(bytes), headers });
  if (done.status !== 201) throw new Error(`PUT upload: ${done.status} ${await done.text()}`);
  return digest;
}

/** Pushes a manifest of one config and these layers under a tag; gives back its digest. */
export async function pushImage(
  registry: Registry,
  repository: string,
  tag: string,
  layers: readonly Buffer[],
): Promise<string> {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
  );
  const describe = async (bytes: Buffer, mediaType: string): Promise<Descriptor> => ({
    mediaType,
    digest: await pushBlob(registry, repository, bytes),
    size: bytes.length,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: await describe(config, 'application/vnd.oci.image.config.v1+json'),
    layers: await Promise.all(
      layers.map((layer) => describe(layer, 'application/vnd.oci.image.layer.v1.tar')),
    ),
  });
  const reply = await ask(registry, `/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    body: manifest,
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
  });
  if (reply.status !== 201) throw new Error(`PUT manifest: ${reply.status} ${await reply.text()}`);
  return digestOf(Buffer.from(manifest));
}

/** The sha256 digest of some bytes, as registries write it. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

async function fetchChecked(
  registry: Registry,
  path: string,
  expected?: Descriptor,
): Promise<{ bytes: Buffer; digest: string; mediaType: string }> {
  const reply = await ask(registry, path, { headers: { accept: accepted } });
  if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status} ${await reply.text()}`);
  const bytes = Buffer.from(await reply.arrayBuffer());
  const digest = digestOf(bytes);
  const claimed = reply.headers.get('docker-content-digest');
  if (claimed !== null && claimed !== digest)
    throw new Error(`GET ${path}: ${claimed} is said, ${digest} came`);
  if (expected && (expected.digest !== digest || expected.size !== bytes.length)) {
    throw new Error(`GET ${path}: ${bytes.length} bytes of ${digest} came, not ${expected.size}`);
  }
  return { bytes, digest, mediaType: reply.headers.get('content-type') ?? '' };
}
