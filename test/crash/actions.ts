import { digestOf } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { pause } from '#test/support/process.ts';
import { blobOf, bytesOf, type Blob, type Chance } from './chance.ts';
import type { Connection, Reply, Request } from './connection.ts';
import { blobKey, manifestKey, tagKey, type Change } from './ledger.ts';
import { blobsOf, imagesOf, type Image, type Session, type World } from './world.ts';

/** One client at work. */
export interface Client {
  readonly world: World;
  readonly connection: Connection;
  readonly chance: Chance;
  /** Makes names of content that nobody else makes. */
  readonly freshName: () => string;
}

export interface Exchange extends Request {
  readonly method: string;
  readonly path: string;
  /** Statuses that acknowledge it. */
  readonly accepted: readonly number[];
  /** Statuses that refuse it and are no surprise here. */
  readonly refused?: readonly number[];
}

/**
 * Sends a request whose effect the ledger keeps. Undefined when it was refused; rejects when the connection broke,
 * and then the ledger takes it for something that may have happened.
 */
export async function perform(
  { world, connection }: Pick<Client, 'world' | 'connection'>,
  changes: readonly Change[],
  exchange: Exchange,
): Promise<Reply | undefined> {
  const operation = world.ledger.begin(changes);
  const { method, path, accepted, refused = [] } = exchange;
  const headers = { ...exchange.headers, 'x-request-id': operation.id };
  const reply = await connection.send(method, path, { ...exchange, headers });
  if (accepted.includes(reply.status)) {
    operation.acknowledge();
    world.acknowledged += 1;
    return reply;
  }
  // A server error tells nothing of what was done.
  if (reply.status < 500) operation.refuse();
  if (!refused.includes(reply.status))
    world.surprises.push(`${method} ${path}: ${reply.status} ${reply.bytes.toString().slice(0, 300)}`);
  return undefined;
}

const uploads = (repository: string): string => `/v2/${repository}/blobs/uploads/`;

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}

const stored = (repository: string, blob: Blob): readonly Change[] => [
  { key: blobKey(repository, blob.digest), to: 'present' },
];

/** Begins an upload; undefined when it was refused. */
async function begin(client: Client, repository: string, blob: Blob): Promise<Session | undefined> {
  const reply = await perform(client, [], { method: 'POST', path: uploads(repository), accepted: [202] });
  const location = reply?.headers['location'];
  if (location == null) return undefined;
  const session = { repository, location, blob, acknowledged: 0, ending: false };
  client.world.sessions.add(session);
  return session;
}

/** Ends the upload as its blob, with the bytes from `from` on in the same request. */
export async function finish(
  client: Pick<Client, 'world' | 'connection'>,
  session: Session,
  from: number,
): Promise<boolean> {
  const { repository, blob } = session;
  session.ending = true;
  const body = bytesOf(blob.name, blob.size).subarray(from);
  const range = { 'content-range': `${from}-${blob.size - 1}` };
  const reply = await perform(client, stored(repository, blob), {
    method: 'PUT',
    path: withDigest(session.location, blob.digest),
    body,
    ...(body.length === 0 ? {} : { headers: range }),
    accepted: [201],
  });
  client.world.sessions.delete(session);
  return reply !== undefined;
}

/** A blob by POST and one PUT, as containerd does. */
export async function pushByPut(client: Client, repository: string, blob: Blob): Promise<boolean> {
  blobsOf(client.world, repository).set(blob.digest, blob);
  const session = await begin(client, repository, blob);
  return session !== undefined && (await finish(client, session, 0));
}

/** A blob in one POST. */
export async function pushByPost(client: Client, repository: string, blob: Blob): Promise<boolean> {
  blobsOf(client.world, repository).set(blob.digest, blob);
  const reply = await perform(client, stored(repository, blob), {
    method: 'POST',
    path: withDigest(uploads(repository), blob.digest),
    body: bytesOf(blob.name, blob.size),
    accepted: [201],
  });
  return reply !== undefined;
}

/** A blob in chunks with Content-Range, the last of them sometimes in the closing PUT. */
export async function pushInChunks(client: Client, repository: string, blob: Blob): Promise<boolean> {
  blobsOf(client.world, repository).set(blob.digest, blob);
  const session = await begin(client, repository, blob);
  if (!session) return false;
  const bytes = bytesOf(blob.name, blob.size);
  const chunk = Math.max(1, Math.ceil(blob.size / (2 + client.chance.below(4))));
  const inPatches = client.chance.happens(0.5) ? blob.size : blob.size - (blob.size % chunk || chunk);
  for (let at = 0; at < inPatches; at += chunk) {
    const part = bytes.subarray(at, Math.min(inPatches, at + chunk));
    if (!(await patch(client, session, { body: part, from: at }))) return false;
  }
  return finish(client, session, session.acknowledged);
}

async function patch(
  client: Client,
  session: Session,
  { body, from }: { body: Buffer; from: number },
): Promise<boolean> {
  const reply = await perform(client, [], {
    method: 'PATCH',
    path: session.location,
    body,
    headers: { 'content-range': `${from}-${from + body.length - 1}` },
    accepted: [202],
  });
  if (!reply) return false;
  session.acknowledged = from + body.length;
  return true;
}

/** A blob in one PATCH whose bytes come slowly, so that a crash finds it in the middle. */
export async function pushSlowly(client: Client, repository: string, blob: Blob): Promise<boolean> {
  blobsOf(client.world, repository).set(blob.digest, blob);
  const session = await begin(client, repository, blob);
  if (!session) return false;
  const bytes = bytesOf(blob.name, blob.size);
  const step = Math.ceil(blob.size / 12);
  async function* slowly(): AsyncGenerator<Buffer> {
    for (let at = 0; at < blob.size; at += step) {
      yield bytes.subarray(at, at + step);
      await pause(client.chance.below(30));
    }
  }
  const exchange = { method: 'PATCH', path: session.location, body: slowly(), accepted: [202] };
  if (!(await perform(client, [], exchange))) return false;
  session.acknowledged = blob.size;
  return finish(client, session, blob.size);
}

/** Begins an upload, sends a part of it and leaves it there, or cancels it. */
export async function leaveOpen(client: Client, repository: string): Promise<void> {
  const blob = blobOf(client.freshName(), 20_000 + client.chance.below(400_000));
  blobsOf(client.world, repository).set(blob.digest, blob);
  const session = await begin(client, repository, blob);
  if (!session) return;
  const part = bytesOf(blob.name, blob.size).subarray(0, 1 + client.chance.below(blob.size - 1));
  if (!(await patch(client, session, { body: part, from: 0 })) || client.chance.happens(0.6)) return;
  session.ending = true;
  await perform(client, [], { method: 'DELETE', path: session.location, accepted: [204] });
  client.world.sessions.delete(session);
}

/** Links a blob of another repository; where that has it no more, the session that is answered is left open. */
export async function mount(client: Client, repository: string): Promise<void> {
  const { world, chance } = client;
  const source = chance.pick(world.repositories.filter((name) => name !== repository));
  const known = [...blobsOf(world, source).values()];
  if (known.length === 0) return;
  const blob = chance.pick(known);
  const query = new URLSearchParams({ mount: blob.digest, from: source });
  blobsOf(world, repository).set(blob.digest, blob);
  const path = `${uploads(repository)}?${query}`;
  await perform(client, stored(repository, blob), { method: 'POST', path, accepted: [201], refused: [202] });
}

const describe = (mediaType: string, blob: Blob): object => ({
  mediaType,
  digest: blob.digest,
  size: blob.size,
});

function imageOf(config: Blob, layers: readonly Blob[], name: string): Image {
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(OCI_CONFIG, config),
      layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
      annotations: { 'org.example.name': name },
    }),
  );
  return { digest: digestOf(body), body, mediaType: OCI_MANIFEST, blobs: [config, ...layers] };
}

/** Puts a manifest under a tag, or by its digest. */
export async function putManifest(
  client: Client,
  repository: string,
  { image, tag }: { image: Image; tag?: string | undefined },
): Promise<boolean> {
  imagesOf(client.world, repository).set(image.digest, image);
  const changes: Change[] = [{ key: manifestKey(repository, image.digest), to: 'present' }];
  if (tag !== undefined) changes.push({ key: tagKey(repository, tag), to: image.digest });
  const reply = await perform(client, changes, {
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag ?? image.digest}`,
    body: image.body,
    headers: { 'content-type': image.mediaType },
    accepted: [201],
    // A blob of it may have been deleted meanwhile.
    refused: [400],
  });
  return reply !== undefined;
}

/** A whole image: config and layers, some of them shared with others, and its manifest. */
export async function pushImage(client: Client, repository: string): Promise<void> {
  const { chance, world } = client;
  const config = blobOf(client.freshName(), 200 + chance.below(500));
  const known = [...blobsOf(world, repository).values()];
  const layers = Array.from({ length: 1 + chance.below(3) }, () =>
    known.length > 0 && chance.happens(0.3)
      ? chance.pick(known)
      : blobOf(client.freshName(), 1 + chance.below(60_000)),
  );
  const pushes = [config, ...layers].map((blob) =>
    (chance.happens(0.5) ? pushByPost : pushByPut)(client, repository, blob),
  );
  if ((await Promise.all(pushes)).includes(false)) return;
  const tag = chance.happens(0.8) ? chance.pick(world.tags) : undefined;
  await putManifest(client, repository, { image: imageOf(config, layers, client.freshName()), tag });
}

/** Moves a tag to a manifest that was pushed before, or pushes that one again. */
export async function pushAgain(client: Client, repository: string): Promise<void> {
  const known = [...imagesOf(client.world, repository).values()];
  if (known.length === 0) return;
  const tag = client.chance.happens(0.8) ? client.chance.pick(client.world.tags) : undefined;
  await putManifest(client, repository, { image: client.chance.pick(known), tag });
}

/** An index of manifests that are here, or were. */
export async function pushIndex(client: Client, repository: string): Promise<void> {
  const known = [...imagesOf(client.world, repository).values()].filter((image) => image.blobs.length > 0);
  if (known.length === 0) return;
  const children = [...new Set([client.chance.pick(known), client.chance.pick(known)])];
  const manifests = children.map(({ digest, body, mediaType }) => ({ mediaType, digest, size: body.length }));
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests,
      annotations: { of: client.freshName() },
    }),
  );
  const image = { digest: digestOf(body), body, mediaType: OCI_INDEX, blobs: [] };
  await putManifest(client, repository, { image, tag: client.chance.pick(client.world.tags) });
}

export async function deleteTag(client: Client, repository: string): Promise<void> {
  const tag = client.chance.pick(client.world.tags);
  await perform(client, [{ key: tagKey(repository, tag), to: undefined }], {
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${tag}`,
    accepted: [202],
    refused: [404],
  });
}

/** Deletes a manifest with its tags; one that an index lists is kept. */
export async function deleteManifest(client: Client, repository: string): Promise<void> {
  const known = [...imagesOf(client.world, repository).keys()];
  if (known.length === 0) return;
  const digest = client.chance.pick(known);
  const tags = client.world.tags.map((tag) => ({
    key: tagKey(repository, tag),
    to: undefined,
    onlyIf: digest,
  }));
  await perform(client, [{ key: manifestKey(repository, digest), to: undefined }, ...tags], {
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${digest}`,
    accepted: [202],
    refused: [404, 405],
  });
}

/** Takes a blob out of the repository; one that a manifest needs is kept. */
export async function deleteBlob(client: Client, repository: string): Promise<void> {
  const known = [...blobsOf(client.world, repository).keys()];
  if (known.length === 0) return;
  const digest = client.chance.pick(known);
  await perform(client, [{ key: blobKey(repository, digest), to: undefined }], {
    method: 'DELETE',
    path: `/v2/${repository}/blobs/${digest}`,
    accepted: [202],
    refused: [404, 405],
  });
}
