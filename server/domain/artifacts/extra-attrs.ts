import { artifactKind, type Manifest } from '../../lib/manifest.ts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What Harbor shows as `extra_attrs`: of an image the config's main facts, of a chart its Chart.yaml. */
export function readExtraAttrs(manifest: Manifest, config: unknown): Json {
  if (manifest.kind === 'index' || !isObject(config)) return {};
  const kind = artifactKind(manifest);
  if (kind === 'CHART') return config;
  if (kind !== 'IMAGE') return {};
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
