import { randomBytes } from 'node:crypto';
import {
  content,
  describeContent,
  describeManifest,
  document,
  image,
  randomContent,
  TYPES,
  type Algorithm,
  type Content,
  type Descriptor,
  type Image,
  type PushedManifest,
} from './content.ts';

/** Content with the whole life that it should have: pushed, listed, read, and deleted again. */
export interface DataSet {
  readonly name: string;
  readonly blobs: readonly Content[];
  /** In the order in which they are pushed; deleted the other way round. */
  readonly manifests: readonly PushedManifest[];
  /** Tags by name, without the prefix of the run, with what they name. */
  readonly tags: Readonly<Record<string, PushedManifest>>;
  /** The tags come as parameters of the push by digest. */
  readonly byParameter?: true;
  /** What the referrers API lists, by subject. */
  readonly referrers?: Readonly<Record<string, readonly Descriptor[]>>;
}

const nothing = content('{}');
const emptyObject = describeContent(TYPES.empty, nothing);
const note = (): Record<string, string> => ({ 'org.example.run': randomBytes(8).toString('hex') });

function ofImage(name: string, made: Image, more: Partial<DataSet> = {}): DataSet {
  return { name, blobs: made.blobs, manifests: [made.manifest], tags: { image: made.manifest }, ...more };
}

interface Multi {
  readonly images: readonly Image[];
  readonly index: PushedManifest;
  readonly blobs: readonly Content[];
}

function multi(algorithm: Algorithm = 'sha256', fields: Record<string, unknown> = {}): Multi {
  const images = ['amd64', 'arm64'].map((architecture) => image({ algorithm, architecture }));
  const manifests = images.map(({ manifest }, i) =>
    describeManifest(manifest, { platform: { os: 'linux', architecture: ['amd64', 'arm64'][i] } }),
  );
  const index = document({ mediaType: TYPES.index, manifests, annotations: note(), ...fields }, algorithm);
  return { images, index, blobs: images.flatMap(({ blobs }) => blobs) };
}

function indexSets(): readonly DataSet[] {
  const plain = multi();
  const inner = multi();
  const outer = document({
    mediaType: TYPES.index,
    manifests: [
      describeManifest(inner.index),
      ...plain.images.map(({ manifest }) => describeManifest(manifest)),
    ],
    annotations: note(),
  });
  const none = document({ mediaType: TYPES.index, manifests: [], annotations: note() });
  const children = ({ images }: Multi): PushedManifest[] => images.map(({ manifest }) => manifest);
  const whole512 = multi('sha512');
  return [
    {
      name: 'index',
      blobs: plain.blobs,
      manifests: [...children(plain), plain.index],
      tags: { index: plain.index },
    },
    {
      name: 'nested-index',
      blobs: [...inner.blobs, ...plain.blobs],
      manifests: [...children(inner), ...children(plain), inner.index, outer],
      tags: { inner: inner.index, outer },
    },
    { name: 'empty-index', blobs: [], manifests: [none], tags: { none } },
    {
      name: 'sha512',
      blobs: whole512.blobs,
      manifests: [...children(whole512), whole512.index],
      tags: { index: whole512.index, child: children(whole512)[0] ?? whole512.index },
    },
  ];
}

const SBOM = 'application/vnd.example.sbom';
const SIGNATURE = 'application/vnd.example.signature';

/** An artifact: by default one layer and the empty config. */
function artifact(fields: Record<string, unknown> & { readonly subject?: Descriptor }): PushedManifest {
  return document({
    mediaType: TYPES.manifest,
    config: emptyObject,
    layers: [emptyObject],
    annotations: note(),
    ...fields,
  });
}

function artifactSets(): readonly DataSet[] {
  const data = randomContent(300);
  const single = artifact({ artifactType: SBOM, layers: [describeContent('text/spdx', data)] });
  const bare = artifact({ artifactType: SBOM });
  const listed = document({
    mediaType: TYPES.index,
    artifactType: SBOM,
    manifests: [describeManifest(single, { artifactType: SBOM })],
    annotations: note(),
  });
  const chart = randomContent(800);
  const chartConfig = content(
    JSON.stringify({ name: 'demo', version: '0.1.0', apiVersion: 'v2', ...note() }),
  );
  const helm = document({
    mediaType: TYPES.manifest,
    config: describeContent('application/vnd.cncf.helm.config.v1+json', chartConfig),
    layers: [describeContent('application/vnd.cncf.helm.chart.content.v1.tar+gzip', chart)],
  });
  return [
    { name: 'artifact', blobs: [nothing, data], manifests: [single], tags: { sbom: single } },
    {
      name: 'artifact-index',
      blobs: [nothing, data],
      manifests: [single, listed],
      tags: { list: listed },
    },
    { name: 'artifact-without-layers', blobs: [nothing], manifests: [bare], tags: { bare } },
    { name: 'chart', blobs: [chartConfig, chart], manifests: [helm], tags: { '0.1.0_x': helm } },
  ];
}

function subjectSets(): readonly DataSet[] {
  const base = image();
  const subject = describeManifest(base.manifest);
  const sbom = artifact({ artifactType: SBOM, subject, annotations: { a: '1', ...note() } });
  const signature = artifact({ artifactType: SIGNATURE, subject });
  const config = randomContent(60);
  const untyped = artifact({ subject, config: describeContent('application/x.config', config) });
  const listed = (item: PushedManifest, artifactType?: string): Descriptor =>
    describeManifest(item, {
      ...(artifactType === undefined ? {} : { artifactType }),
      annotations: (JSON.parse(item.bytes.toString()) as { annotations: object }).annotations,
    });
  const many = multi();
  const manySubject = describeManifest(many.index);
  const typedIndex = document({
    mediaType: TYPES.index,
    artifactType: SBOM,
    manifests: [],
    subject: manySubject,
    annotations: note(),
  });
  const plainIndex = document({
    mediaType: TYPES.index,
    manifests: [],
    subject: manySubject,
    annotations: note(),
  });
  const absent = describeContent(TYPES.manifest, randomContent(70));
  const early = artifact({ artifactType: SBOM, subject: absent });
  return [
    {
      name: 'artifacts-with-subject',
      blobs: [...base.blobs, nothing, config],
      manifests: [base.manifest, sbom, signature, untyped],
      tags: { image: base.manifest, sbom },
      referrers: {
        [subject.digest]: [
          listed(sbom, SBOM),
          listed(signature, SIGNATURE),
          listed(untyped, 'application/x.config'),
        ],
      },
    },
    {
      name: 'index-with-subject',
      blobs: many.blobs,
      manifests: [...many.images.map(({ manifest }) => manifest), many.index, typedIndex, plainIndex],
      tags: { index: many.index },
      referrers: { [manySubject.digest]: [listed(typedIndex, SBOM), listed(plainIndex)] },
    },
    {
      name: 'missing-subject',
      blobs: [nothing],
      manifests: [early],
      tags: { early },
      referrers: { [absent.digest]: [listed(early, SBOM)] },
    },
  ];
}

function imageSets(): readonly DataSet[] {
  const large = Object.fromEntries(
    Array.from({ length: 390 }, (_, i) => [`key-${i}`, randomBytes(5_000).toString('hex')]),
  );
  const small = image();
  const inline = document({
    mediaType: TYPES.manifest,
    config: { ...describeContent(TYPES.config, small.config), data: small.config.bytes.toString('base64') },
    layers: small.layers.map((layer) => ({
      ...describeContent(TYPES.layerGzip, layer),
      data: layer.bytes.toString('base64'),
    })),
  });
  const custom = image({ more: { 'x-field': { deep: ['é', null, 1.5] }, annotations: { 'x.y': 'ü' } } });
  const docker = image();
  const schema2 = document({
    mediaType: TYPES.dockerManifest,
    config: describeContent(TYPES.dockerConfig, docker.config),
    layers: docker.layers.map((layer) => describeContent(TYPES.dockerLayer, layer)),
  });
  const list = document({
    mediaType: TYPES.dockerList,
    manifests: [describeManifest(schema2, { platform: { os: 'linux', architecture: 'amd64' } })],
  });
  return [
    ofImage('image', image()),
    ofImage('image-uncompressed', image({ layerType: TYPES.layer })),
    ofImage('large-manifest', image({ more: { annotations: large } })),
    ofImage('no-layers', image({ layers: 0 })),
    { name: 'data-field', blobs: small.blobs, manifests: [inline], tags: { inline } },
    ofImage('custom-fields', custom),
    { name: 'docker', blobs: docker.blobs, manifests: [schema2, list], tags: { schema2, list } },
  ];
}

/** Data sets of which not all is pushed. */
function holeySets(): readonly DataSet[] {
  const [here, elsewhere, alsoElsewhere] = [randomContent(500), randomContent(500), randomContent(500)];
  const config = image().config;
  const foreign = document({
    mediaType: TYPES.manifest,
    config: describeContent(TYPES.config, config),
    layers: [
      describeContent(TYPES.layerGzip, here),
      describeContent('application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', elsewhere, {
        urls: [`https://example.test/${elsewhere.digest}`],
      }),
      describeContent('application/vnd.oci.image.layer.nondistributable.v1.tar', alsoElsewhere, {
        urls: [`https://example.test/${alsoElsewhere.digest}`],
      }),
    ],
  });
  const holey = image({ layers: 3 });
  const half = multi();
  const [first] = half.images;
  return [
    { name: 'non-distributable-layers', blobs: [config, here], manifests: [foreign], tags: { foreign } },
    {
      name: 'sparse-image',
      blobs: [holey.config, ...holey.layers.slice(1)],
      manifests: [holey.manifest],
      tags: { sparse: holey.manifest },
    },
    {
      name: 'sparse-index',
      blobs: first?.blobs ?? [],
      manifests: [...(first ? [first.manifest] : []), half.index],
      tags: { sparse: half.index },
    },
  ];
}

function parameterSets(): readonly DataSet[] {
  return (['sha256', 'sha512'] as const).map((algorithm) => {
    const { images, index, blobs } = multi(algorithm);
    return {
      name: `tag-param-${algorithm}`,
      blobs,
      manifests: [...images.map(({ manifest }) => manifest), index],
      tags: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((tag) => [tag, index])),
      byParameter: true,
    };
  });
}

/** New content for one run. */
export function makeDataSets(): readonly DataSet[] {
  return [
    ...imageSets(),
    ...indexSets(),
    ...artifactSets(),
    ...subjectSets(),
    ...holeySets(),
    ...parameterSets(),
  ];
}
