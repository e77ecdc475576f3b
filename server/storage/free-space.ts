import { statfs } from 'node:fs/promises';
import type { MinFree } from '../config/values.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';

/** A volume as it is now, in bytes; free is what this account may still write. */
export interface Volume {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** The bytes that have to stay free on a volume of that size; 0 for none. */
export function floorOf(minFree: MinFree, totalBytes: number): number {
  if (minFree.kind === 'bytes') return minFree.bytes;
  const share = Math.floor((totalBytes * minFree.percent) / 100);
  return Math.min(share, minFree.atMostBytes ?? share);
}

const MEBIBYTE = 2 ** 20;
const inWords = (bytes: number): string =>
  bytes >= 1024 * MEBIBYTE
    ? `${(bytes / MEBIBYTE / 1024).toFixed(1)} GiB`
    : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/** Why nothing may be pushed to the volume; undefined when there is space. */
export function explainLack(volume: Volume, minFree: MinFree): string | undefined {
  const floor = floorOf(minFree, volume.totalBytes);
  if (volume.freeBytes >= floor) return undefined;
  const free = inWords(Math.max(0, volume.freeBytes));
  return `the registry's disk is nearly full: ${free} are free and ${inWords(floor)} have to stay free, so nothing can be pushed until space is freed`;
}

/** A reading serves so long; in between, what is written is counted. */
const FRESH_MS = 1_000;
/** A refusal is decided anew after this time, so that freed space is seen soon. */
const REFUSED_MS = 100;
const DONE = Promise.resolve();

export interface FreeSpaceOptions {
  /** Any folder of the volume. */
  readonly folder: string;
  readonly minFree: MinFree;
  readonly clock: Clock;
  /** Told when pushes begin to be refused, and when they are taken again. */
  readonly log: (sentence: string) => void;
  /** Asks the system; tests bring their own. */
  readonly readVolume?: (folder: string) => Promise<Volume>;
}

/** The volume that the folder lies on. Rejects when the system does not tell. */
export async function readVolumeOf(folder: string): Promise<Volume> {
  const { bsize, blocks, bavail } = await statfs(folder);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

class FreeSpace {
  readonly #options: FreeSpaceOptions;
  #volume: Volume = { totalBytes: 0, freeBytes: 0 };
  #readAtMs = Number.NEGATIVE_INFINITY;
  #writtenBytes = 0;
  #reading: Promise<void> | undefined;
  #isRefusing = false;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
  }

  check(incomingBytes: number): Promise<void> {
    if (this.#options.minFree.kind === 'bytes' && this.#options.minFree.bytes === 0) return DONE;
    this.#writtenBytes += incomingBytes;
    const ageMs = this.#options.clock.now() - this.#readAtMs;
    const lack = this.#explain();
    if (ageMs < FRESH_MS && lack === undefined) return DONE;
    if (ageMs < REFUSED_MS && lack !== undefined) return Promise.reject(new AppError('denied', lack));
    return this.#readAndDecide();
  }

  #explain(): string | undefined {
    const freeBytes = this.#volume.freeBytes - this.#writtenBytes;
    return explainLack({ ...this.#volume, freeBytes }, this.#options.minFree);
  }

  async #readAndDecide(): Promise<void> {
    // One reading serves all who wait.
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    await this.#reading;
    const lack = this.#explain();
    this.#tell(lack);
    if (lack !== undefined) throw new AppError('denied', lack);
  }

  async #read(): Promise<void> {
    const { readVolume = readVolumeOf, folder, clock } = this.#options;
    this.#volume = await readVolume(folder);
    this.#writtenBytes = 0;
    this.#readAtMs = clock.now();
  }

  #tell(lack: string | undefined): void {
    const isRefusing = lack !== undefined;
    if (isRefusing === this.#isRefusing) return;
    this.#isRefusing = isRefusing;
    this.#options.log(lack ?? 'the disk has space again: pushes are taken');
  }
}

/**
 * Refuses pushes below a floor of free space (a PushGuard). `check` adds the bytes that are about to be written and
 * rejects with `denied`; the system is asked about once a second. Pushes are taken again by themselves.
 */
export function createFreeSpaceGuard(options: FreeSpaceOptions): {
  check(incomingBytes: number): Promise<void>;
} {
  return new FreeSpace(options);
}
