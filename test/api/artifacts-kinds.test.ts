import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  HELM_CONFIG,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '#server/lib/media-types.ts';
import { manualClock } from '#server/lib/clock.ts';
import {
  client,
  content,
  descriptor,
  image,
  LAYER,
  type Content,
  type OciClient,
} from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let guest: Person;
const PROJECT = `${API}/projects/web`;

interface Shown {
  readonly digest: string;
  readonly type: string;
  readonly media_type: string;
  readonly artifact_type: string;
  readonly repository_name: string;
  readonly extra_attrs: Record<string, unknown>;
  readonly icon: string;
}

async function push(
  repository: string,
  made: {
    configType: string;
    config?: unknown;
    layerType?: string;
    layerAnnotations?: object;
    manifest?: object;
    type?: string;
  },
): Promise<Content> {
  const config = content(JSON.stringify(made.config ?? { of: repository }));
  const layer = content(`layer of ${repository}`);
  for (const blob of [config, layer]) await oci.pushBlob(`web/${repository}`, blob);
  const type = made.type ?? OCI_MANIFEST;
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: descriptor(made.configType, config),
      layers: [
        descriptor(
          made.layerType ?? LAYER,
          layer,
          made.layerAnnotations ? { annotations: made.layerAnnotations } : {},
        ),
      ],
      ...made.manifest,
    }),
  );
  const reply = await oci.putManifest(`web/${repository}`, 'v1', manifest, type);
  expect(reply.statusCode, reply.body).toBe(201);
  return manifest;
}
const show = async (repository: string): Promise<Shown> =>
  (await server.inject({ url: `${PROJECT}/repositories/${repository}/artifacts/v1`, as: guest })).json();

beforeAll(async () => {
  server = await makeServer({ clock: manualClock(Date.UTC(2026, 0, 31, 8)) });
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
});
afterAll(() => server.close());

const CHART = { name: 'web', version: '1.0.0', apiVersion: 'v2', keywords: ['a'] };
const IMAGE_CONFIG = {
  created: '2026-01-02T03:04:05Z',
  architecture: 'arm64',
  os: 'linux',
  config: { Cmd: ['sh'], Labels: { maintainer: 'old', 'org.opencontainers.image.authors': 'new' } },
};
const kinds: readonly [string, string, Parameters<typeof push>[1], Record<string, unknown>][] = [
  [
    'image',
    'IMAGE',
    { configType: OCI_CONFIG, config: IMAGE_CONFIG },
    {
      created: '2026-01-02T03:04:05Z',
      architecture: 'arm64',
      os: 'linux',
      config: IMAGE_CONFIG.config,
      author: 'new',
    },
  ],
  [
    'docker-image',
    'IMAGE',
    { configType: DOCKER_CONFIG, type: DOCKER_MANIFEST, config: { ...IMAGE_CONFIG, author: 'its own' } },
    {
      created: '2026-01-02T03:04:05Z',
      architecture: 'arm64',
      os: 'linux',
      config: IMAGE_CONFIG.config,
      author: 'its own',
    },
  ],
  ['chart', 'CHART', { configType: HELM_CONFIG, config: CHART }, CHART],
  [
    'wasm',
    'WASM',
    {
      configType: 'application/vnd.wasm.config.v1+json',
      layerType: 'application/vnd.wasm.content.layer.v1+wasm',
      layerAnnotations: { 'org.opencontainers.image.title': 'a.wasm' },
    },
    {
      'manifest.config.mediaType': 'application/vnd.wasm.config.v1+json',
      'manifest.layers.mediaType': 'application/vnd.wasm.content.layer.v1+wasm',
      'org.opencontainers.image.title': 'a.wasm',
    },
  ],
  [
    'wasm-image',
    'WASM',
    {
      configType: OCI_CONFIG,
      config: { architecture: 'wasm', os: 'wasi' },
      manifest: { annotations: { 'module.wasm.image/variant': 'compat' } },
    },
    { 'manifest.config.mediaType': OCI_CONFIG, architecture: 'wasm', os: 'wasi', author: '' },
  ],
  ['sbom', 'SBOM', { configType: 'application/vnd.goharbor.harbor.sbom.v1', config: { a: 1 } }, { a: 1 }],
  [
    'model',
    'CNAI',
    { configType: 'application/vnd.cncf.model.config.v1+json', config: { descriptor: {} } },
    { descriptor: {} },
  ],
  [
    'rocket',
    'ROCKET',
    { configType: 'application/vnd.acme.rocket.config.v1alpha1+json', config: { stages: 3 } },
    { stages: 3 },
  ],
  ['opa', 'ENGINE.PART', { configType: 'application/vnd.acme.engine.part.config.v1+json', config: {} }, {}],
  ['artifact', 'UNKNOWN', { configType: 'application/vnd.oci.empty.v1+json', config: { a: 1 } }, {}],
];

describe('an artifact', () => {
  it.each(kinds)('%s is of the type %s', async (repository, type, made, attrs) => {
    await push(repository, made);
    const shown = await show(repository);
    expect(shown).toMatchObject({ type, media_type: made.configType, artifact_type: made.configType });
    expect(shown.extra_attrs).toEqual(attrs);
    expect((await server.inject({ url: `${API}/icons/${shown.icon}`, as: guest })).statusCode).toBe(200);
  });

  it('says its artifactType, and is found by what it shows', async () => {
    const artifactType = 'application/vnd.acme.boat.config.v1+json';
    await push('typed', { configType: 'application/vnd.oci.empty.v1+json', manifest: { artifactType } });
    expect(await show('typed')).toMatchObject({
      type: 'BOAT',
      media_type: 'application/vnd.oci.empty.v1+json',
      artifact_type: artifactType,
    });
    const list = async (q: string) =>
      (await server.inject({ url: `${PROJECT}/artifacts?q=${encodeURIComponent(q)}`, as: guest })).json<
        Shown[]
      >();
    expect(
      (await list(`artifact_type=${encodeURIComponent(artifactType)}`)).map((each) => each.repository_name),
    ).toEqual(['web/typed']);
    expect(
      (await list(`artifact_type=${encodeURIComponent(HELM_CONFIG)}`)).map((each) => each.repository_name),
    ).toEqual(['web/chart']);
  });

  it('that is an index shows its children as they are described', async () => {
    const child = image('windows');
    await oci.pushImage('web/index', child.manifest.digest, child);
    const platform = {
      architecture: 'amd64',
      os: 'windows',
      'os.version': '10.0.20348.2700',
      'os.features': ['win32k'],
      variant: 'v8',
    };
    const absent = content('absent').digest;
    const manifests = [
      descriptor(OCI_MANIFEST, child.manifest, {
        platform,
        annotations: { a: 'b' },
        urls: ['https://example.com'],
      }),
      { mediaType: OCI_MANIFEST, digest: absent, size: 7 },
    ];
    const index = content(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations: { title: 'Index' } }),
    );
    expect((await oci.putManifest('web/index', 'v1', index, OCI_INDEX)).statusCode).toBe(201);
    const shown = (await show('index')) as Shown & {
      id: number;
      references: object[];
      addition_links: object;
    };
    expect(shown).toMatchObject({ type: 'IMAGE', media_type: OCI_INDEX, manifest_media_type: OCI_INDEX });
    expect(shown).toMatchObject({ annotations: { title: 'Index' }, extra_attrs: {}, addition_links: {} });
    expect(shown.references).toEqual([
      {
        parent_id: shown.id,
        child_id: expect.any(Number),
        child_digest: child.manifest.digest,
        platform: {
          architecture: 'amd64',
          os: 'windows',
          variant: 'v8',
          "'os.version'": '10.0.20348.2700',
          "'os.features'": ['win32k'],
        },
        annotations: { a: 'b' },
        urls: ['https://example.com'],
      },
      { parent_id: shown.id, child_id: 0, child_digest: absent },
    ]);
  });

  it('is shown in every property, with every flag', async () => {
    const flags = [
      'with_tag',
      'with_label',
      'with_scan_overview',
      'with_sbom_overview',
      'with_accessory',
      'with_inherited_accessory',
      'with_signature',
      'with_immutable_status',
    ];
    const url = `${PROJECT}/repositories/image/artifacts/v1?${flags.map((flag) => `${flag}=true`).join('&')}`;
    const headers = {
      'x-accept-vulnerabilities': 'application/vnd.security.vulnerability.report; version=1.1',
    };
    const shown = (await server.inject({ url, as: guest, headers })).json<Record<string, unknown>>();
    expect(Object.keys(shown).toSorted()).toEqual(
      [
        'id',
        'type',
        'media_type',
        'manifest_media_type',
        'artifact_type',
        'project_id',
        'repository_id',
        'repository_name',
        'digest',
        'size',
        'icon',
        'push_time',
        'pull_time',
        'extra_attrs',
        'annotations',
        'references',
        'tags',
        'addition_links',
        'labels',
        'accessories',
      ].toSorted(),
    );
    expect(shown).toMatchObject({
      push_time: '2026-01-31T08:00:00.000Z',
      pull_time: '0001-01-01T00:00:00.000Z',
      tags: [
        {
          name: 'v1',
          immutable: false,
          push_time: '2026-01-31T08:00:00.000Z',
          pull_time: '0001-01-01T00:00:00.000Z',
        },
      ],
    });
  });
});
