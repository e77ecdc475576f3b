import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { makeTar } from '../support/tar.ts';

export interface Target {
  readonly origin: string;
  readonly authorization: string;
}

export interface LayerSpec {
  /** The instruction that makes it, as a builder records it. */
  readonly step: string;
  /** Bytes of the layer; 0 for an instruction that makes none. */
  readonly bytes: number;
}

export interface ImageSpec {
  /** `project/repository` */
  readonly repository: string;
  readonly tags: readonly string[];
  readonly layers?: readonly LayerSpec[];
  /** More than one makes an index. */
  readonly platforms?: readonly { os: string; architecture: string; variant?: string }[];
  /** Pushed as a referrer of this artifact instead, with this type. */
  readonly subject?: { digest: string; artifactType: string };
  /** Pushed as a chart of that name and version. */
  readonly chart?: { name: string; version: string; files?: Readonly<Record<string, string>> };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const amd64 = { os: 'linux', architecture: 'amd64' };

/** Pushes real OCI content over /v2, as a client does; gives back the digest of the tagged manifest. */
export async function pushImage(target: Target, spec: ImageSpec): Promise<string> {
  const platforms = spec.platforms ?? [amd64];
  const top =
    platforms.length > 1
      ? {
          schemaVersion: 2,
          mediaType: indexType,
          manifests: await Promise.all(platforms.map((platform) => pushPlatform(target, spec, platform))),
        }
      : await makeManifest(target, spec, platforms[0] ?? amd64);
  const bytes = Buffer.from(JSON.stringify(top));
  const references = spec.tags.length > 0 ? spec.tags : [digestOf(bytes)];
  for (const reference of references) {
    await putManifest(target, { repository: spec.repository, reference, bytes, type: top.mediaType });
  }
  return digestOf(bytes);
}

type PlatformSpec = NonNullable<ImageSpec['platforms']>[number];

async function pushPlatform(target: Target, spec: ImageSpec, platform: PlatformSpec): Promise<object> {
  const bytes = Buffer.from(JSON.stringify(await makeManifest(target, spec, platform)));
  const digest = digestOf(bytes);
  await putManifest(target, { repository: spec.repository, reference: digest, bytes, type: manifestType });
  return { mediaType: manifestType, digest, size: bytes.length, platform };
}

async function makeManifest(target: Target, spec: ImageSpec, platform: PlatformSpec) {
  const steps = spec.layers ?? [{ step: 'COPY . /', bytes: 2048 }];
  const kinds = mediaTypesOf(spec);
  const layers: Descriptor[] = [];
  for (const { step, bytes } of steps.filter((layer) => layer.bytes > 0)) {
    const files = spec.chart?.files;
    const content = files
      ? packChart(spec.chart.name, files)
      : contentOf(`${step} ${platform.architecture}`, bytes);
    layers.push(await pushBlob(target, spec.repository, { type: kinds.layer, bytes: content }));
  }
  const config = await pushBlob(target, spec.repository, {
    type: kinds.config,
    bytes: Buffer.from(JSON.stringify(configOf(spec, steps, platform))),
  });
  const { subject } = spec;
  return {
    schemaVersion: 2,
    mediaType: manifestType,
    config,
    layers,
    ...(subject && {
      artifactType: subject.artifactType,
      subject: { mediaType: manifestType, digest: subject.digest, size: 2 },
    }),
  };
}

function mediaTypesOf(spec: ImageSpec): { config: string; layer: string } {
  if (spec.chart) {
    return {
      config: 'application/vnd.cncf.helm.config.v1+json',
      layer: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    };
  }
  if (spec.subject) return { config: 'application/vnd.oci.empty.v1+json', layer: spec.subject.artifactType };
  return {
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  };
}

function configOf(spec: ImageSpec, steps: readonly LayerSpec[], platform: PlatformSpec): object {
  if (spec.chart) {
    const { name, version } = spec.chart;
    return { apiVersion: 'v2', name, version, appVersion: version };
  }
  if (spec.subject) return {};
  return {
    ...platform,
    created: '2026-11-20T08:30:00Z',
    // Tells apart images that are otherwise the same.
    config: { Labels: { revision: `${spec.repository}:${spec.tags.join(',')}` } },
    rootfs: { type: 'layers', diff_ids: [] },
    history: steps.map(({ step, bytes }) => ({
      created: '2026-11-20T08:30:00Z',
      created_by: step,
      ...(bytes === 0 && { empty_layer: true }),
    })),
  };
}

/** What Helm packs: a folder of the chart's name. */
function packChart(name: string, files: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(files).map(([path, content]) => ({ name: `${name}/${path}`, content }));
  return gzipSync(makeTar(entries));
}

/** Bytes that differ by seed and do not compress to nothing, without keeping a random state. */
function contentOf(seed: string, length: number): Buffer {
  const block = createHash('sha512').update(seed).digest();
  const content = Buffer.alloc(length, block);
  content.write(seed);
  return content;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function pushBlob(
  target: Target,
  repository: string,
  { type, bytes }: { type: string; bytes: Buffer },
): Promise<Descriptor> {
  const digest = digestOf(bytes);
  const descriptor = { mediaType: type, digest, size: bytes.length };
  const { origin } = target;
  const known = await send(target, 'HEAD', `${origin}/v2/${repository}/blobs/${digest}`);
  if (known.ok) return descriptor;
  const begun = await send(target, 'POST', `${origin}/v2/${repository}/blobs/uploads/`);
  if (begun.status !== 202) throw new Error(`upload to ${repository}: ${begun.status} ${await begun.text()}`);
  const location = new URL(begun.headers.get('location') ?? '', origin);
  location.searchParams.set('digest', digest);
  const put = await send(target, 'PUT', location.href, { bytes, type: 'application/octet-stream' });
  if (put.status !== 201) throw new Error(`blob to ${repository}: ${put.status} ${await put.text()}`);
  return descriptor;
}

interface ManifestPut {
  repository: string;
  reference: string;
  bytes: Buffer;
  type: string;
}

async function putManifest(
  target: Target,
  { repository, reference, bytes, type }: ManifestPut,
): Promise<void> {
  const url = `${target.origin}/v2/${repository}/manifests/${reference}`;
  const put = await send(target, 'PUT', url, { bytes, type });
  if (put.status !== 201)
    throw new Error(`manifest ${repository}:${reference}: ${put.status} ${await put.text()}`);
}

function send(
  { authorization }: Target,
  method: string,
  url: string,
  body?: { bytes: Buffer; type: string },
): Promise<Response> {
  const headers = { authorization, ...(body && { 'content-type': body.type }) };
  return fetch(url, { method, headers, ...(body && { body: new Uint8Array(body.bytes) }) });
}
