import { describe, expect, it } from 'vitest';
import { readLicences } from '#build/licences.ts';

/** What a product under Apache-2.0 may hold. */
const taken = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'OFL-1.1',
  'Unlicense',
];

describe('the licences of what a release holds', () => {
  const { packages, texts } = readLicences();

  it('are all of a kind that may go into it', () => {
    // One of those that one may choose from, and all of those that hold together.
    const isTaken = (licence: string): boolean =>
      licence
        .replaceAll(/[()]/g, '')
        .split(' OR ')
        .some((choice) => choice.split(' AND ').every((one) => taken.includes(one)));
    const strange = packages.filter(({ licence }) => !isTaken(licence));
    expect(strange.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });

  it('name the packages that are used, and no tool', () => {
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['react', 'fastify', 'better-sqlite3']));
    expect(names).not.toContain('vitest');
    expect(names).not.toContain('electron');
  });

  it('have their texts, each kept once', () => {
    expect(new Set(texts).size).toBe(texts.length);
    const without = packages.filter(({ text }) => text === null).length;
    expect(without).toBeLessThan(packages.length / 20);
  });
});
