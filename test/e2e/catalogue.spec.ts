import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { en } from '#renderer/text/en.ts';
import { zhCn } from '#renderer/text/zh-cn.ts';

const renderer = join(import.meta.dirname, '../../renderer');

/** Texts that are the same in both languages: names of products and words that are not translated. */
const sameInBoth = new Set([
  'app.name',
  'artifact.tag',
  'artifact.addTagName',
  'artifact.kind.sbom',
  'artifact.referrer.sbom',
  'diagnosis.https.q',
]);

const plural = /_(one|other)$/;
const base = (key: string): string => key.replace(plural, '');
const english: Record<string, string> = en;
const chinese: Record<string, string> = zhCn;

test('both catalogues have the same keys, each in the plural forms of its language', () => {
  const keysOf = (catalogue: object): string[] => [...new Set(Object.keys(catalogue).map(base))].toSorted();
  expect(keysOf(zhCn)).toEqual(keysOf(en));
  const forms = (catalogue: object, key: string): string[] =>
    Object.keys(catalogue).filter((candidate) => plural.test(candidate) && base(candidate) === key);
  for (const key of new Set(
    Object.keys(en)
      .filter((name) => plural.test(name))
      .map(base),
  )) {
    expect(forms(en, key), key).toEqual([`${key}_one`, `${key}_other`]);
    expect(forms(zhCn, key), key).toEqual([`${key}_other`]);
  }
});

test('both languages fill in the same values', () => {
  const valuesOf = (text: string): string[] =>
    [...new Set([...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1] ?? ''))].toSorted();
  for (const [key, text] of Object.entries(chinese)) {
    expect(valuesOf(text), key).toEqual(valuesOf(english[key] ?? ''));
  }
});

test('no Chinese text is left in English', () => {
  const same = Object.keys(chinese).filter((key) => chinese[key] === english[key]);
  expect(same.filter((key) => !sameInBoth.has(key))).toEqual([]);
  expect([...sameInBoth].filter((key) => !same.includes(key))).toEqual([]);
});

test('Chinese punctuation is full width, and Latin words stand apart from Chinese ones', () => {
  const han = '\\p{Script=Han}';
  const halfWidth = new RegExp(`${han}[,;:!?()]|[,;:!?]${han}`, 'u');
  const tight = new RegExp(
    `${han}[A-Za-z0-9]|[A-Za-z0-9]${han}|${han}\\{\\{count|\\{\\{count(, number)?\\}\\}${han}`,
    'u',
  );
  for (const [key, text] of Object.entries(chinese)) {
    expect.soft(text, key).not.toMatch(halfWidth);
    expect.soft(text, key).not.toMatch(tight);
    expect.soft(text, key).not.toMatch(/您|请(?!求)|！/);
  }
});

test('every key that the pages use exists, and every text is used', () => {
  const sources = globSync('**/*.{ts,tsx}', { cwd: renderer })
    .filter((path) => !path.startsWith('text/'))
    .map((path) => readFileSync(join(renderer, path), 'utf8'));
  expect(sources.length).toBeGreaterThan(50);
  const known = new Set(Object.keys(en).map(base));
  const areas = [...new Set([...known].map((key) => key.split('.')[0]))].join('|');
  const literal = new RegExp(`['"\`]((?:${areas})\\.[A-Za-z0-9.]+)['"\`]`, 'g');
  const used = new Set(
    sources.flatMap((source) => [...source.matchAll(literal)].map((match) => match[1] ?? '')),
  );
  // Harbor's permissions and the events have names of the same form.
  const foreign =
    /^(artifact|blob|login|member|project|repository|tag|user)\.(pushed|deleted|created|changed|updated|token)$/;
  expect([...used].filter((key) => !known.has(key) && !foreign.test(key) && !key.endsWith('.'))).toEqual([]);
  const built = sources.flatMap((source) =>
    [...source.matchAll(new RegExp(`\`((?:${areas})\\.[A-Za-z0-9.]*)\\$\\{`, 'g'))].map(
      (match) => match[1] ?? '',
    ),
  );
  const unused = [...known].filter(
    (key) => !used.has(key) && !built.some((prefix) => key.startsWith(prefix)),
  );
  expect(unused).toEqual([]);
});
