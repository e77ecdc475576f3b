import { createCipheriv, createHash } from 'node:crypto';
import { digestOf } from '#server/lib/digest.ts';

/** Random choices that a seed decides (mulberry32), so that a run can be had again. */
export interface Chance {
  /** An integer from 0 to `limit` - 1. */
  readonly below: (limit: number) => number;
  readonly happens: (probability: number) => boolean;
  /** One of the list; throws on an empty one. */
  readonly pick: <T>(list: readonly T[]) => T;
}

export function chanceOf(...seeds: readonly number[]): Chance {
  let state = createHash('sha256').update(seeds.join(' ')).digest().readUInt32LE(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    happens: (probability) => next() < probability,
    pick: (list) => {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
  };
}

/** Bytes that a name decides and that no compression or zero-filling can stand for. */
export function bytesOf(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(size));
}

/** A blob that is known by the name of its content instead of being held in memory. */
export interface Blob {
  readonly name: string;
  readonly size: number;
  readonly digest: string;
}

export function blobOf(name: string, size: number): Blob {
  return { name, size, digest: digestOf(bytesOf(name, size)) };
}
