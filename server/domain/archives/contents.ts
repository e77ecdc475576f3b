import { posix } from 'node:path';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import type { Platform } from '../../lib/manifest.ts';
import type { PackedForm } from './unpack.ts';

/** A file of an archive whose bytes are here by now. */
export interface ArchiveFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly uploadId: string;
  /** How its own bytes are packed, as layers are. */
  readonly form: PackedForm;
  /** The bytes of what may be a JSON document and is not too large for one. */
  readonly json: Buffer | undefined;
}

/** What was in an archive: names are keys here, and never paths. */
export interface ArchiveContents {
  readonly files: ReadonlyMap<string, ArchiveFile>;
  /** Links, by their name, to the name in the archive that they stand for. */
  readonly links: ReadonlyMap<string, string>;
}

/** A manifest or an index of an image. */
export interface FoundManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** An image with all that it needs. */
export interface FoundImage {
  /** As the archive names it; none where it does not. */
  readonly names: readonly string[];
  /** The manifest or index that the names are of. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Harbor's kind: IMAGE, CHART, ... */
  readonly kind: string;
  /** Children before the indexes that list them; what belongs to the image comes last. */
  readonly manifests: readonly FoundManifest[];
  readonly blobs: readonly Digest[];
  /** Bytes of all of it. */
  readonly sizeBytes: number;
  readonly platforms: readonly Platform[];
  /** Children of the index that the archive does not have, or not all of. */
  readonly missing: number;
}

export const refuseArchive = (sentence: string): AppError => new AppError('unprocessable', sentence);

/** So many images are taken from one archive. */
export const MAX_IMAGES = 200;
export const MAX_NAMES = 100;
/** Links that are followed one after the other. */
const MAX_LINKS = 8;

/** The name that a name in an archive is kept under. */
export const keyOf = (name: string): string => posix.normalize(name);

/** The name in the archive that a link stands for. */
export function linkTarget(name: string, target: string, isSymbolic: boolean): string {
  return keyOf(isSymbolic ? posix.join(posix.dirname(name), target) : target);
}

/** The file of that name, by the archive's own links where it is one. */
export function fileAt({ files, links }: ArchiveContents, name: string): ArchiveFile | undefined {
  let key = keyOf(name);
  for (let i = 0; i <= MAX_LINKS; i++) {
    const file = files.get(key);
    if (file) return file;
    const target = links.get(key);
    if (target === undefined) return undefined;
    key = target;
  }
  return undefined;
}

/** The name as it is shown in a refusal. */
export const shown = (name: string): string => JSON.stringify(name.slice(-120));
