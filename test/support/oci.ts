import { digestOf, type Digest, type DigestAlgorithm } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import type { Credentials, TestServer } from './server.ts';

export interface Content {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

export function content(text: string | Buffer, algorithm: DigestAlgorithm = 'sha256'): Content {
  const bytes = Buffer.from(text);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

export function descriptor(mediaType: string, item: Content, extra: object = {}): object {
  return { mediaType, digest: item.digest, size: item.bytes.byteLength, ...extra };
}

export const LAYER = 'application/vnd.oci.image.layer.v1.tar';

export interface TestImage {
  readonly config: Content;
  readonly layers: readonly Content[];
  readonly manifest: Content;
}

/** A small image; `extra` goes into its manifest. */
export function image(seed: string, extra: object = {}): TestImage {
  const layer = content(`layer of ${seed}`);
  const config = content(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: '2026-01-02T03:04:05Z',
      config: {},
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created_by: `RUN make ${seed}` }, { created_by: 'ENV A=1', empty_layer: true }],
    }),
  );
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(OCI_CONFIG, config),
      layers: [descriptor(LAYER, layer)],
      ...extra,
    }),
  );
  return { config, layers: [layer], manifest };
}

export const COSIGN_LAYER = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** A signature as cosign makes it without `subject`: only its tag, {@link cosignTag}, says what it signs. */
export function cosignSignature(text: string, layerType = COSIGN_LAYER): TestImage {
  const layer = content(text);
  const config = content('{"architecture":"","os":""}');
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(OCI_CONFIG, config),
      layers: [descriptor(layerType, layer)],
    }),
  );
  return { config, layers: [layer], manifest };
}

/** The tag by which cosign finds the signature of a digest. */
export const cosignTag = (digest: string): string => `${digest.replace(':', '-')}.sig`;

export function index(children: readonly TestImage[], extra: object = {}): Content {
  const architectures = ['amd64', 'arm64', 'riscv64'];
  const manifests = children.map((child, i) =>
    descriptor(OCI_MANIFEST, child.manifest, {
      platform: { architecture: architectures[i] ?? 'other', os: 'linux' },
    }),
  );
  return content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...extra }));
}

type Inject = TestServer['inject'];

/** Drives /v2 with Basic, as one person. */
export function client(server: TestServer, as: 'admin' | Credentials = 'admin') {
  const send: Inject = (request) => server.inject({ as, ...request });
  return {
    send,
    pushBlob: (name: string, blob: Content) =>
      send({
        method: 'POST',
        url: `/v2/${name}/blobs/uploads/?digest=${blob.digest}`,
        payload: blob.bytes,
        headers: { 'content-type': 'application/octet-stream' },
      }),
    putManifest: (name: string, reference: string, manifest: Content, type: string = OCI_MANIFEST) =>
      send({
        method: 'PUT',
        url: `/v2/${name}/manifests/${reference}`,
        payload: manifest.bytes,
        headers: { 'content-type': type },
      }),
    /** Pushes config, layers and manifest; throws where one is refused. */
    async pushImage(name: string, reference: string, pushed: TestImage): Promise<void> {
      for (const blob of [pushed.config, ...pushed.layers]) {
        const reply = await this.pushBlob(name, blob);
        if (reply.statusCode !== 201) throw new Error(`blob: ${reply.statusCode} ${reply.body}`);
      }
      const reply = await this.putManifest(name, reference, pushed.manifest);
      if (reply.statusCode !== 201) throw new Error(`manifest: ${reply.statusCode} ${reply.body}`);
    },
    get: (url: string, headers: Record<string, string> = {}) => send({ method: 'GET', url, headers }),
    head: (url: string) => send({ method: 'HEAD', url }),
    delete: (url: string) => send({ method: 'DELETE', url }),
    async startUpload(name: string): Promise<string> {
      const reply = await send({
        method: 'POST',
        url: `/v2/${name}/blobs/uploads/`,
        headers: { 'content-type': 'application/json' },
      });
      return String(reply.headers['location']);
    },
  };
}
export type OciClient = ReturnType<typeof client>;
