import { artifactKind, isAnnotatedWasm, type ImageManifest, type Manifest } from '../../lib/manifest.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The main facts of an image's config. */
function readImageAttrs(config: unknown): Json {
  if (!isObject(config)) return {};
  const inner = isObject(config.config) ? config.config : {};
  const labels = isObject(inner.Labels) ? inner.Labels : {};
  // Harbor: the config's author, else the OCI label, else the older "maintainer".
  const author = [config.author, labels['org.opencontainers.image.authors'], labels.maintainer].find(
    (name) => typeof name === 'string' && name !== '',
  );
  return {
    created: config.created,
    architecture: config.architecture,
    os: config.os,
    ...(isObject(config.config) ? { config: config.config } : {}),
    author: author ?? '',
  };
}

/** Of a WebAssembly module: what its image form says, else what its one layer is. */
function readWasmAttrs(manifest: ImageManifest, config: unknown): Json {
  const type = { 'manifest.config.mediaType': manifest.config.mediaType };
  if (isAnnotatedWasm(manifest)) return { ...type, ...readImageAttrs(config) };
  const title = 'org.opencontainers.image.title';
  const [layer] = manifest.layers;
  if (!layer) return type;
  return {
    ...type,
    'manifest.layers.mediaType': layer.mediaType,
    ...(layer.annotations[title] === undefined ? {} : { [title]: layer.annotations[title] }),
  };
}

/** Bytes of what is kept of a config: each list shows it, of a hundred artifacts at once. */
const MAX_BYTES = 64 * 1024;

/** What of it fits; the longer parts of a config that does not are left out. */
function fitting(attrs: Json): Json {
  let bytes = 0;
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(attrs)) {
    const size = Buffer.byteLength(JSON.stringify([name, value]));
    if (bytes + size > MAX_BYTES) continue;
    bytes += size;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

/**
 * What Harbor shows as `extra_attrs`: of an image the config's main facts, of a chart its Chart.yaml, and of everything else
 * whose kind its config tells the whole config. `config` is its JSON, undefined where it is not here or cannot be read.
 * At most 64 KiB of it.
 */
export function readExtraAttrs(manifest: Manifest, config: unknown): Json {
  return fitting(attrsOf(manifest, config));
}

function attrsOf(manifest: Manifest, config: unknown): Json {
  if (manifest.kind === 'index') return {};
  switch (artifactKind(manifest)) {
    case 'IMAGE':
      return readImageAttrs(config);
    case 'WASM':
      return readWasmAttrs(manifest, config);
    case 'UNKNOWN':
      return {};
    default:
      return isObject(config) ? config : {};
  }
}
