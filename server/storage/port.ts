import type { Digest } from '../lib/digest.ts';
import type { ByteRange } from '../lib/range.ts';

/**
 * Where blobs lie. It knows bytes and digests only: which repository may see a blob is the database's business.
 * Every driver passes test/contract/storage.ts. Methods throw AppError for what a caller can mend; anything else is a bug
 * or a broken disk.
 */
export interface BlobStorage {
  /** Names the driver in /systeminfo. */
  readonly name: string;

  /** Begins an empty upload under an id of the caller's. */
  createUpload(uploadId: string): Promise<void>;

  /** Bytes received so far; undefined when there is no such upload. True also after a restart. */
  uploadSize(uploadId: string): Promise<number | undefined>;

  /**
   * Appends a stream at `offset`, which must equal {@link uploadSize} (`range_invalid` otherwise). Resolves to the new
   * size in bytes. When the source fails the bytes received stay, and the source's error is thrown; on a full disk
   * (`denied`) those of this call go, so that a refused upload holds no space. A chunk is the storage's until it asks for the
   * next one: copy what is kept. One writer at a time: a second throws `upload_busy`. An upload that is unknown throws
   * `upload_unknown`.
   */
  append(uploadId: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<number>;

  /**
   * Ends the upload as the blob `digest`, durably: when it resolves, a crash loses nothing. Resolves to its size in
   * bytes. Other content throws `digest_invalid`. A blob that is there already stays as it is. Whatever fails, the
   * upload is gone: what a disk lost once must not be acknowledged by a second try.
   */
  commit(uploadId: string, digest: Digest): Promise<number>;

  /** Drops an upload and frees its bytes; resolves to false when there was none. Throws `upload_busy` while it is written to. */
  cancelUpload(uploadId: string): Promise<boolean>;

  /** Ids of all unfinished uploads, also of an earlier run. */
  listUploads(): Promise<readonly string[]>;

  /** Size in bytes, or undefined when the blob is not here. */
  size(digest: Digest): Promise<number | undefined>;

  /**
   * The blob's bytes, or a part of them; throws `blob_unknown` when it is not here, and where it is shorter than asked. A chunk is the reader's until it
   * asks for the next one, since its buffer is used again: copy what is kept. Nothing is held
   * open before the first chunk is asked for.
   */
  read(digest: Digest, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;

  /** Removes a blob; resolves to false when it was not here. Callers make sure that nothing refers to it. */
  remove(digest: Digest): Promise<boolean>;

  /** Waits for work under way and lets go of files. */
  close(): Promise<void>;
}
