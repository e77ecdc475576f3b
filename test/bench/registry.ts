import type { Digest } from '#server/lib/digest.ts';
import { digestOf } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import type { Content } from './content.ts';
import { REPOSITORY, type Target } from './targets.ts';
import { openWire, type Wire, type WireReply } from './wire.ts';

/** One connection to a registry, with the right to push and pull. */
export interface Session {
  readonly wire: Wire;
  readonly target: Target;
  readonly repository: string;
  readonly headers: Readonly<Record<string, string>>;
}

export async function openSession(target: Target, repository = REPOSITORY): Promise<Session> {
  const authorization = await target.authorization(repository);
  const wire = await openWire(target.origin);
  return { wire, target, repository, headers: authorization === undefined ? {} : { authorization } };
}

/** Throws with what the server said unless it answered as expected. */
export function expectStatus(session: Session, what: string, reply: WireReply, status: number): void {
  if (reply.status !== status)
    throw new Error(`${session.target.title}: ${what}: ${reply.status} ${reply.text}`);
}

const octets = { 'content-type': 'application/octet-stream' };

/** Begins an upload; gives back its path with query. */
export async function startUpload(session: Session): Promise<URL> {
  const path = `/v2/${session.repository}/blobs/uploads/`;
  const reply = await session.wire.request({ method: 'POST', path, headers: session.headers });
  expectStatus(session, `POST ${path}`, reply, 202);
  return new URL(reply.header('location') ?? '', session.target.origin);
}

/** POST, then one PUT with the whole blob: what containerd and Docker 29 do. */
export async function pushBlob(session: Session, content: Content): Promise<Digest> {
  const location = await startUpload(session);
  location.searchParams.set('digest', content.digest);
  const reply = await session.wire.request({
    method: 'PUT',
    path: `${location.pathname}${location.search}`,
    headers: { ...session.headers, ...octets },
    body: content.parts,
    bodyBytes: content.sizeBytes,
  });
  expectStatus(session, 'PUT upload', reply, 201);
  return content.digest;
}

function textContent(text: string): Content {
  const bytes = Buffer.from(text);
  return { parts: [bytes], digest: digestOf(bytes), sizeBytes: bytes.byteLength };
}

/** Pushes an image of small layers under a tag: a manifest of the size that images have (10 layers, 2 KB). */
export async function pushImage(session: Session, tag: string): Promise<Digest> {
  const layers = Array.from({ length: 10 }, (_, index) => textContent(`layer ${index} of ${tag}`));
  const diffIds = layers.map((layer) => layer.digest);
  const config = textContent(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
  for (const content of [config, ...layers]) await pushBlob(session, content);
  const describe = (mediaType: string, { digest, sizeBytes: size }: Content) => ({ mediaType, digest, size });
  const manifest = textContent(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(OCI_CONFIG, config),
      layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  const reply = await session.wire.request({
    method: 'PUT',
    path: `/v2/${session.repository}/manifests/${tag}`,
    headers: { ...session.headers, 'content-type': OCI_MANIFEST },
    body: manifest.parts,
    bodyBytes: manifest.sizeBytes,
  });
  expectStatus(session, 'PUT manifest', reply, 201);
  return manifest.digest;
}

/** Distinct blobs pushed by several connections at once for some seconds; blobs acknowledged per second. */
export async function pushRate(
  target: Target,
  load: { connections: number; seconds: number; make: () => Content },
): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: load.connections }, () => openSession(target)));
  const begin = performance.now();
  const end = begin + load.seconds * 1000;
  let count = 0;
  try {
    await Promise.all(
      sessions.map(async (session) => {
        while (performance.now() < end) {
          await pushBlob(session, load.make());
          count++;
        }
      }),
    );
  } finally {
    for (const session of sessions) session.wire.close();
  }
  return (count * 1000) / (performance.now() - begin);
}

/** Reads a blob to its end on the session's connection; throws when fewer bytes came. Gives back the seconds it took. */
export async function pullBlob(
  session: Session,
  blob: { digest: string; sizeBytes: number },
  onBody?: (piece: Buffer) => void,
): Promise<number> {
  const path = `/v2/${session.repository}/blobs/${blob.digest}`;
  const begin = performance.now();
  const reply = await session.wire.request({
    method: 'GET',
    path,
    headers: session.headers,
    ...(onBody ? { onBody } : {}),
  });
  expectStatus(session, `GET ${path}`, reply, 200);
  if (reply.bodyBytes !== blob.sizeBytes)
    throw new Error(`${session.target.title}: ${reply.bodyBytes} of ${blob.sizeBytes} bytes came back`);
  return (performance.now() - begin) / 1000;
}
