import {
  content,
  describeContent,
  describeManifest,
  randomContent,
  TYPES,
  type Content,
  type Descriptor,
  type Image,
  type PushedManifest,
} from '../content.ts';

export interface Case {
  readonly id: string;
  readonly what: string;
  readonly manifest: PushedManifest;
  /** Content-Type, where it is not the manifest's; null sends none. */
  readonly type?: string | null;
}

type Fields = Record<string, unknown>;

/** Bytes as a manifest of that type, whatever they are. */
const raw = (bytes: Buffer | string, mediaType: string = TYPES.manifest): PushedManifest => ({
  ...content(bytes),
  mediaType,
});

/** The image's document with some fields changed; undefined takes one away. */
function changed(base: Image, fields: Fields, mediaType: string = TYPES.manifest): PushedManifest {
  return raw(
    JSON.stringify({ ...(JSON.parse(base.manifest.bytes.toString()) as Fields), ...fields }),
    mediaType,
  );
}

/** What the cases are made of: documents about one image that is there. */
interface Material {
  readonly base: Image;
  readonly layer: Content;
  readonly child: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The image's document with these fields. */
  readonly bad: (fields: Fields) => PushedManifest;
  readonly index: (fields: Fields) => PushedManifest;
}

function materialOf(base: Image): Material {
  return {
    base,
    layer: base.layers[0] ?? base.config,
    child: describeManifest(base.manifest, { platform: { architecture: 'amd64', os: 'linux' } }),
    config: describeContent(TYPES.config, base.config),
    layers: base.layers.map((layer) => describeContent(TYPES.layer, layer)),
    bad: (fields) => changed(base, fields),
    index: (fields) => raw(JSON.stringify({ schemaVersion: 2, ...fields }), TYPES.index),
  };
}

function takenTypes({ base, child, index }: Material): readonly Case[] {
  const dockerFields = {
    mediaType: TYPES.dockerManifest,
    config: describeContent(TYPES.dockerConfig, base.config),
    layers: base.layers.map((each) => describeContent(TYPES.dockerLayer, each)),
  };
  return [
    {
      id: 'parameters',
      what: 'a Content-Type with parameters',
      manifest: changed(base, {}),
      type: `${TYPES.manifest}; charset=utf-8`,
    },
    {
      id: 'no-type',
      what: 'no Content-Type, but a mediaType',
      manifest: changed(base, { z: 1 }),
      type: null,
    },
    {
      id: 'no-media-type',
      what: 'no mediaType in the document',
      manifest: changed(base, { mediaType: undefined }),
    },
    {
      id: 'neither',
      what: 'neither of the two, by its shape',
      manifest: changed(base, { mediaType: undefined, z: 2 }),
      type: null,
    },
    {
      id: 'index-by-shape',
      what: 'an index by its shape',
      manifest: index({ manifests: [child] }),
      type: null,
    },
    {
      id: 'docker-schema-2',
      what: 'a Docker schema 2 manifest',
      manifest: changed(base, dockerFields, TYPES.dockerManifest),
    },
    {
      id: 'docker-list',
      what: 'a Docker manifest list',
      manifest: raw(
        JSON.stringify({ schemaVersion: 2, mediaType: TYPES.dockerList, manifests: [child] }),
        TYPES.dockerList,
      ),
    },
  ];
}

function takenContents({ base, layer, child, index }: Material): readonly Case[] {
  const spaced = ` \n\t${base.manifest.bytes.toString().replaceAll(': ', ' :\t')}\n\n`;
  return [
    { id: 'spacing', what: 'odd spacing, kept byte for byte', manifest: raw(spaced) },
    {
      id: 'unknown-fields',
      what: 'unknown fields, kept byte for byte',
      manifest: changed(base, { 'x-more': { deep: [1, null, 'é'] } }),
    },
    {
      id: 'any-config-type',
      what: 'any config type',
      manifest: changed(base, { config: describeContent('application/x.anything', base.config) }),
    },
    {
      id: 'any-layer-type',
      what: 'any layer type',
      manifest: changed(base, { layers: [describeContent('text/plain', layer)] }),
    },
    {
      id: 'same-layer-twice',
      what: 'one layer twice',
      manifest: changed(base, { layers: [layer, layer].map((each) => describeContent(TYPES.layer, each)) }),
    },
    {
      id: 'buildkit-cache',
      what: 'an index whose children are layers, as BuildKit keeps its cache',
      manifest: index({
        mediaType: TYPES.index,
        manifests: [
          describeContent(TYPES.layerGzip, layer),
          describeContent('application/vnd.buildkit.cacheconfig.v0', base.config),
        ],
      }),
    },
    {
      id: 'null-children',
      what: 'an index whose empty list is null, as Go writes it',
      manifest: index({ mediaType: TYPES.index, manifests: null }),
    },
    {
      id: 'missing-child',
      what: 'an index with a child that is not here',
      manifest: index({
        mediaType: TYPES.index,
        manifests: [child, describeContent(TYPES.manifest, randomContent(10))],
      }),
    },
    {
      id: 'missing-subject',
      what: 'a subject that is not here',
      manifest: changed(base, { subject: describeContent(TYPES.manifest, randomContent(10)) }),
    },
  ];
}

function refusedTypes({ base, child, config, layers, bad, index }: Material): readonly Case[] {
  const schema1 = JSON.stringify({ schemaVersion: 1, name: 'a/b', tag: 'x', fsLayers: [], history: [] });
  const v1 = 'application/vnd.docker.distribution.manifest.v1';
  return [
    { id: 'schema-1', what: 'a schema 1 manifest', manifest: raw(schema1, `${v1}+json`) },
    { id: 'schema-1-signed', what: 'a signed schema 1 manifest', manifest: raw(schema1, `${v1}+prettyjws`) },
    { id: 'schema-1-as-oci', what: 'a schema 1 manifest under another type', manifest: raw(schema1) },
    {
      id: 'artifact-manifest',
      what: 'the withdrawn OCI artifact manifest',
      manifest: raw(
        JSON.stringify({ mediaType: 'application/vnd.oci.artifact.manifest.v1+json', blobs: [] }),
        'application/vnd.oci.artifact.manifest.v1+json',
      ),
    },
    {
      id: 'unknown-type',
      what: 'a type that is no manifest',
      manifest: changed(base, { mediaType: undefined }),
      type: 'application/octet-stream',
    },
    {
      id: 'type-differs',
      what: 'a mediaType that is not the Content-Type',
      manifest: bad({ z: 3 }),
      type: TYPES.dockerManifest,
    },
    {
      id: 'index-as-image',
      what: 'an index under an image’s type',
      manifest: raw(JSON.stringify({ schemaVersion: 2, manifests: [child] })),
    },
    {
      id: 'image-as-index',
      what: 'an image under an index’s type',
      manifest: changed(base, { mediaType: undefined }, TYPES.index),
    },
    { id: 'both-kinds', what: 'manifests beside layers', manifest: bad({ manifests: [child] }) },
    {
      id: 'both-kinds-index',
      what: 'config and layers beside manifests',
      manifest: index({ manifests: [child], config, layers }),
    },
    {
      id: 'other-case',
      what: '“Manifests” beside layers: Go reads it as manifests',
      manifest: bad({ Manifests: [child] }),
    },
  ];
}

function refusedDocuments({ base, bad }: Material): readonly Case[] {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  const deepText = base.manifest.bytes.toString().replace('{', `{"z":${deep},`);
  return [
    { id: 'no-json', what: 'what is no JSON', manifest: raw('{"schemaVersion":2,') },
    { id: 'empty', what: 'no bytes', manifest: raw('') },
    { id: 'not-an-object', what: 'a list', manifest: raw('[]') },
    {
      id: 'not-utf8',
      what: 'bytes that are no UTF-8',
      manifest: raw(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    },
    { id: 'deep', what: 'JSON nested 5,000 deep', manifest: raw(deepText) },
    { id: 'schema-version', what: 'schemaVersion 3', manifest: bad({ schemaVersion: 3 }) },
    { id: 'schema-version-text', what: 'schemaVersion as text', manifest: bad({ schemaVersion: '2' }) },
    { id: 'no-config', what: 'an image without config', manifest: bad({ config: undefined }) },
    { id: 'layers-object', what: 'layers that are no list', manifest: bad({ layers: {} }) },
    {
      id: 'bad-subject',
      what: 'a subject without digest',
      manifest: bad({ subject: { mediaType: TYPES.manifest, size: 1 } }),
    },
    { id: 'bad-annotations', what: 'annotations that are no text', manifest: bad({ annotations: { a: 1 } }) },
  ];
}

function refusedDescriptors({ child, config, bad, index }: Material): readonly Case[] {
  return [
    {
      id: 'bad-digest',
      what: 'a malformed digest in a descriptor',
      manifest: bad({ config: { ...config, digest: 'sha256:abc' } }),
    },
    { id: 'negative-size', what: 'a negative size', manifest: bad({ config: { ...config, size: -1 } }) },
    {
      id: 'fractional-size',
      what: 'a size that is no whole number',
      manifest: bad({ config: { ...config, size: 1.5 } }),
    },
    {
      id: 'negative-child-size',
      what: 'a child of negative size',
      manifest: index({ manifests: [{ ...child, size: -1 }] }),
    },
    {
      id: 'fractional-child-size',
      what: 'a child whose size is no whole number',
      manifest: index({ manifests: [{ ...child, size: 1.5 }] }),
    },
    {
      id: 'bad-child-digest',
      what: 'a child with a malformed digest',
      manifest: index({ manifests: [{ ...child, digest: `sha256:${'A'.repeat(64)}` }] }),
    },
    {
      id: 'child-without-type',
      what: 'a child without mediaType',
      manifest: index({ manifests: [{ ...child, mediaType: undefined }] }),
    },
    {
      id: 'wrong-size',
      what: 'a size that is not the blob’s',
      manifest: bad({ config: { ...config, size: config.size + 1 } }),
    },
  ];
}

/** Documents about the image that are taken, and come back byte for byte. */
export function takenCases(base: Image): readonly Case[] {
  const material = materialOf(base);
  return [...takenTypes(material), ...takenContents(material)];
}

/** Documents about the image that are refused, each for one fault alone. */
export function refusedCases(base: Image): readonly Case[] {
  const material = materialOf(base);
  return [...refusedTypes(material), ...refusedDocuments(material), ...refusedDescriptors(material)];
}
