import { digestOf } from '#server/lib/digest.ts';
import { finish, perform } from './actions.ts';
import type { Connection, Reply } from './connection.ts';
import { blobKey, manifestKey, tagKey } from './ledger.ts';
import { blobsOf, imagesOf, type Session, type World } from './world.ts';

export interface VerifyOptions {
  /** Keys of blobs that are read to their end; the others are asked for by HEAD. Without it all are read. */
  readonly readWhole?: (digest: string) => boolean;
  /** What counts as acknowledged, by operation: for a look at an earlier moment. Nothing is then noted as seen. */
  readonly isAnswered?: (id: string) => boolean;
}

export interface Findings {
  /** One sentence for each thing that is not as it must be. */
  readonly faults: string[];
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
}

/** Reads everything that the ledger knows of, and says what was lost, changed, or came back. */
export async function verify(
  world: World,
  connection: Connection,
  options: VerifyOptions = {},
): Promise<Findings> {
  const faults: string[] = [];
  const reader: Reader = { world, connection, options, faults };
  const counts = { tags: 0, manifests: 0, blobs: 0 };
  for (const repository of world.repositories) {
    const present = await readBlobs(reader, repository);
    const images = await readManifests(reader, repository, present);
    counts.tags += await readTags(reader, repository, images);
    counts.manifests += images.size;
    counts.blobs += present.size;
  }
  return { faults, ...counts };
}

interface Reader {
  readonly world: World;
  readonly connection: Connection;
  readonly options: VerifyOptions;
  readonly faults: string[];
}

/** Compares what was read with what may be, and notes it as what is from now on. */
function settle({ world, options, faults }: Reader, key: string, value: string | undefined): void {
  const allowed = world.ledger.allowed(key, options.isAnswered);
  if (!allowed.has(value)) {
    const wanted = [...allowed].map((each) => each ?? 'nothing').join(' or ');
    faults.push(`${key}: ${value ?? 'nothing'} is there, not ${wanted}`);
  }
  if (options.isAnswered === undefined) world.ledger.observe(key, value);
}

/** The digests of the repository's blobs that are served; each is served whole or not at all. */
async function readBlobs(reader: Reader, repository: string): Promise<ReadonlySet<string>> {
  const { world, connection, options, faults } = reader;
  const present = new Set<string>();
  await atOnce([...blobsOf(world, repository).values()], async ({ digest, size }) => {
    const whole = options.readWhole?.(digest) ?? true;
    const path = `/v2/${repository}/blobs/${digest}`;
    const reply = await connection.send(whole ? 'GET' : 'HEAD', path);
    if (reply.status === 200) {
      present.add(digest);
      if (Number(reply.headers['content-length']) !== size)
        faults.push(`${path}: ${reply.headers['content-length']} bytes are announced, not ${size}`);
      if (whole && digestOf(reply.bytes) !== digest)
        faults.push(`${path}: ${reply.bytes.length} other bytes came, not the ${size} that were pushed`);
    } else if (reply.status !== 404) faults.push(`${path}: ${reply.status} ${reply.bytes.toString()}`);
    settle(reader, blobKey(repository, digest), reply.status === 200 ? 'present' : undefined);
  });
  return present;
}

/** The digests of the repository's manifests that are served, each of them with all its blobs. */
async function readManifests(
  reader: Reader,
  repository: string,
  present: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  await atOnce([...imagesOf(reader.world, repository).values()], async (image) => {
    const path = `/v2/${repository}/manifests/${image.digest}`;
    const reply = await reader.connection.send('GET', path);
    if (reply.status === 200) {
      found.add(image.digest);
      checkManifest(reader, path, { reply, digest: image.digest });
      const lost = image.blobs.filter((blob) => !present.has(blob.digest));
      for (const blob of lost) reader.faults.push(`${path} is served, but its blob ${blob.digest} is not`);
    } else if (reply.status !== 404) reader.faults.push(`${path}: ${reply.status} ${reply.bytes.toString()}`);
    settle(reader, manifestKey(repository, image.digest), reply.status === 200 ? 'present' : undefined);
  });
  return found;
}

function checkManifest({ faults }: Reader, path: string, got: { reply: Reply; digest: string }): void {
  const said = got.reply.headers['docker-content-digest'];
  if (said !== got.digest) faults.push(`${path}: the digest ${String(said)} is said, not ${got.digest}`);
  if (digestOf(got.reply.bytes) !== got.digest) faults.push(`${path}: other bytes came than were pushed`);
}

/** Each tag, by itself and in the list of tags: the two must agree. Resolves to their number. */
async function readTags(reader: Reader, repository: string, images: ReadonlySet<string>): Promise<number> {
  const { world, connection, faults } = reader;
  const listed = await connection.send('GET', `/v2/${repository}/tags/list`);
  const names = listed.status === 200 ? (JSON.parse(listed.bytes.toString()) as { tags: string[] }).tags : [];
  if (listed.status !== 200 && listed.status !== 404)
    faults.push(`tags of ${repository}: ${listed.status} ${listed.bytes.toString()}`);
  for (const name of names)
    if (!world.tags.includes(name)) faults.push(`${repository}:${name} was never pushed`);
  await atOnce(world.tags, async (tag) => {
    const path = `/v2/${repository}/manifests/${tag}`;
    const reply = await connection.send('GET', path);
    const digest = reply.status === 200 ? digestOf(reply.bytes) : undefined;
    if (digest !== undefined) checkManifest(reader, path, { reply, digest });
    if (digest !== undefined && !images.has(digest))
      faults.push(`${path}: ${digest} is served by tag, but not by digest`);
    if (names.includes(tag) !== (digest !== undefined))
      faults.push(`${path}: ${reply.status}, but the list of tags says otherwise`);
    settle(reader, tagKey(repository, tag), digest);
  });
  return names.length;
}

/**
 * Goes on with every upload that was left open, where its status says: what was acknowledged must be there, and the
 * blob is whole in the end. Resolves to how many were found.
 */
export async function resume(world: World, connection: Connection, faults: string[]): Promise<number> {
  let found = 0;
  for (const session of world.sessions) {
    const status = await connection.send('GET', session.location);
    // An upload without a byte is not worth a file: its client begins another.
    if (status.status === 404 && (session.ending || session.acknowledged === 0)) {
      world.sessions.delete(session);
      continue;
    }
    if (status.status !== 204) {
      faults.push(`${session.location}: ${status.status}, with ${session.acknowledged} bytes acknowledged`);
      world.sessions.delete(session);
      continue;
    }
    found += 1;
    await goOn(world, connection, { session, received: receivedBytes(status, session), faults });
  }
  return found;
}

/** `Range: 0-N`; an upload without a byte says 0-0 as well as one of a single byte does. */
function receivedBytes(status: Reply, session: Session): number {
  const last = Number(/^0-(\d+)$/.exec(status.headers['range'] ?? '')?.[1] ?? -1);
  return last === 0 && session.acknowledged === 0 ? 0 : last + 1;
}

async function goOn(
  world: World,
  connection: Connection,
  { session, received, faults }: { session: Session; received: number; faults: string[] },
): Promise<void> {
  const { location, blob, repository, acknowledged } = session;
  if (received < acknowledged || received > blob.size) {
    faults.push(
      `${location}: ${received} bytes are there; ${acknowledged} of ${blob.size} were acknowledged`,
    );
    world.sessions.delete(session);
    return;
  }
  if (!(await finish({ world, connection }, session, received))) {
    faults.push(`${location}: could not be ended from byte ${received} of ${blob.size} on`);
    return;
  }
  const path = `/v2/${repository}/blobs/${blob.digest}`;
  const stored = await connection.send('GET', path);
  if (stored.status !== 200 || digestOf(stored.bytes) !== blob.digest)
    faults.push(`${path}: ${stored.status} with other bytes, after its upload was resumed`);
}

/** Pushes blobs that are not there, to prove that nothing half-written was left in their way. */
export async function pushMissing(
  world: World,
  connection: Connection,
  { limit, faults }: { limit: number; faults: string[] },
  bytesOfBlob: (name: string, size: number) => Buffer,
): Promise<number> {
  let pushed = 0;
  for (const repository of world.repositories) {
    for (const blob of blobsOf(world, repository).values()) {
      if (pushed >= limit) return pushed;
      const key = blobKey(repository, blob.digest);
      const path = `/v2/${repository}/blobs/${blob.digest}`;
      if ((await connection.send('HEAD', path)).status === 200) continue;
      pushed += 1;
      const reply = await perform({ world, connection }, [{ key, to: 'present' }], {
        method: 'POST',
        path: `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`,
        body: bytesOfBlob(blob.name, blob.size),
        accepted: [201],
      });
      const stored = await connection.send('GET', path);
      if (!reply || stored.status !== 200 || digestOf(stored.bytes) !== blob.digest)
        faults.push(`${path}: ${stored.status} with other bytes, after it was pushed again`);
    }
  }
  return pushed;
}

/** Runs `work` over all items, eight at a time. */
async function atOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const one = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, one));
}
