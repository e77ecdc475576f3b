import { createHash } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../../lib/digest.ts';
import { MANIFEST_MAX_BYTES } from '../../lib/manifest.ts';
import { readTarEntries, type TarEntry } from '../../lib/tar-entries.ts';
import {
  fileAt,
  keyOf,
  linkTarget,
  refuseArchive,
  shown,
  type ArchiveContents,
  type ArchiveFile,
  type FoundImage,
} from './contents.ts';
import { findDockerImages } from './docker-layout.ts';
import { findOciImages } from './oci-layout.ts';
import { tellForm } from './unpack.ts';

const LIMITS = { totalBytes: Number.MAX_SAFE_INTEGER, entries: 20_000 };
/** Files of one archive: each is an upload until the images are confirmed. */
const MAX_FILES = 5_000;
/** JSON of one archive that is held in memory until its end, in bytes. */
const MAX_JSON_BYTES = 24 * 1024 * 1024;
/** Enough to tell how a file is packed. */
const HEAD_BYTES = 6;
const OPENING_BRACES = new Set([0x7b, 0x5b]);

/** Where the bytes of a file go. */
export interface FileSink {
  /** Begins a file; resolves to the id of its upload. */
  readonly open: () => Promise<string>;
  readonly write: (uploadId: string, source: AsyncIterable<Uint8Array>) => Promise<number>;
}

/** `blobs/sha256/<hex>` says what it is. */
function digestSaid(name: string): { algorithm: DigestAlgorithm; digest: string } | undefined {
  const [, algorithm, hex] = /^blobs\/(sha256|sha512)\/([0-9a-f]{64,128})$/.exec(name) ?? [];
  if (algorithm === undefined || hex === undefined) return undefined;
  return { algorithm: algorithm as DigestAlgorithm, digest: `${algorithm}:${hex}` };
}

class Receiver {
  readonly #sink: FileSink;
  readonly files = new Map<string, ArchiveFile>();
  readonly links = new Map<string, string>();
  #jsonBytes = 0;

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  async take(entry: TarEntry): Promise<void> {
    if (entry.name.includes('\0') || entry.name === '')
      throw refuseArchive('the archive has a file without a name');
    const name = keyOf(entry.name);
    if (entry.kind === 'other') return;
    if (entry.kind === 'sparse')
      throw refuseArchive(`${shown(name)} in the archive is a sparse file: pack the image without --sparse`);
    if (this.files.has(name) || this.links.has(name))
      throw refuseArchive(`the archive has ${shown(name)} twice`);
    if (entry.kind === 'link') {
      this.links.set(name, linkTarget(entry.name, entry.linkName, entry.isSymbolic));
      return;
    }
    if (this.files.size >= MAX_FILES) throw refuseArchive(`the archive has more than ${MAX_FILES} files`);
    this.files.set(name, await this.#store(name, entry));
  }

  async #store(name: string, entry: TarEntry): Promise<ArchiveFile> {
    const said = digestSaid(name);
    const hash = createHash(said?.algorithm ?? 'sha256');
    const mayBeJson = entry.sizeBytes <= Math.min(MANIFEST_MAX_BYTES, MAX_JSON_BYTES - this.#jsonBytes);
    const kept: Buffer[] = [];
    let head = Buffer.alloc(0);
    const tee = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for await (const chunk of entry.content) {
        hash.update(chunk);
        if (head.length < HEAD_BYTES)
          head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
        if (mayBeJson && OPENING_BRACES.has(head[0] ?? 0)) kept.push(Buffer.from(chunk));
        yield chunk;
      }
    };
    const uploadId = await this.#sink.open();
    const sizeBytes = await this.#sink.write(uploadId, tee());
    const digest = `${said?.algorithm ?? 'sha256'}:${hash.digest('hex')}` as Digest;
    if (said && said.digest !== digest)
      throw refuseArchive(`${shown(name)} has the digest ${digest}: the archive is damaged`);
    const json = kept.length > 0 ? Buffer.concat(kept) : undefined;
    this.#jsonBytes += json?.byteLength ?? 0;
    return { digest, sizeBytes, uploadId, form: tellForm(head), json };
  }
}

/** Takes all files of an unpacked archive as they come. Throws `unprocessable` for what is hostile or no archive. */
export async function receiveFiles(
  source: AsyncIterable<Uint8Array>,
  sink: FileSink,
): Promise<ArchiveContents> {
  const receiver = new Receiver(sink);
  for await (const entry of readTarEntries(source, LIMITS)) await receiver.take(entry);
  return receiver;
}

/** The images in it: by index.json where it has one, else by Docker's manifest.json. Throws `unprocessable`. */
export function findImages(contents: ArchiveContents): FoundImage[] {
  const index = fileAt(contents, 'index.json');
  const saved = fileAt(contents, 'manifest.json');
  const found = index?.json
    ? findOciImages(contents, index.json)
    : saved?.json
      ? findDockerImages(contents, saved.json)
      : undefined;
  if (!found)
    throw refuseArchive(
      'this is no archive of images: it has neither index.json nor manifest.json. Make one with docker save, podman save or skopeo copy',
    );
  if (found.length === 0) throw refuseArchive('the archive has no image in it');
  return found;
}
