import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { en } from '#renderer/text/en.ts';
import { zhCn } from '#renderer/text/zh-cn.ts';
import { hardCodedTexts } from './hard-coded-text.ts';

const renderer = join(import.meta.dirname, '../../renderer');

/** Texts that are the same in both languages: names of products and words that are not translated. */
const sameInBoth = new Set([
  'app.name',
  'artifact.tag',
  'artifact.addTagName',
  'artifact.kind.sbom',
  'artifact.node.sbom',
  'artifact.dockerfile',
  'artifact.dependencyName',
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
    expect
      .soft(text.endsWith('。'), `${key}: a sentence in one language, a label in the other`)
      .toBe((english[key] ?? english[`${base(key)}_other`] ?? '').endsWith('.'));
  }
});

test('a Tag stays Tag in Chinese, and only a label is 标签', () => {
  const saysTag = /\b(un)?tag(s|ged)?\b/i;
  const saysLabel = /\blabels?\b/i;
  for (const [key, text] of Object.entries(chinese)) {
    // What is filled in brings its own words.
    const original = (english[key] ?? english[`${base(key)}_other`] ?? '').replaceAll(/\{\{.*?\}\}/g, '');
    if (saysTag.test(original)) expect.soft(text, key).toMatch(/Tag/);
    if (!saysLabel.test(original)) expect.soft(text, key).not.toMatch(/标签/);
  }
});

test('English speaks plainly', () => {
  for (const [key, text] of Object.entries(english)) {
    expect.soft(text, key).not.toMatch(/\b(please|successfully|oops|log(ged|ging)? (in|out))\b|!/i);
    expect.soft(text, key).not.toMatch(/\.\.\.| …$/);
    expect.soft(text, key).not.toMatch(/^ | {2}/);
  }
});

test('no key stands in two files', () => {
  const folder = join(renderer, 'text/en');
  const keys = globSync('*.ts', { cwd: folder }).flatMap((path) =>
    [...readFileSync(join(folder, path), 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map((match) => match[1]),
  );
  expect(keys.length).toBe(Object.keys(en).length);
  expect(new Set(keys).size).toBe(keys.length);
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

/** What is no word of a language, or not shown: reviewed one by one. */
const notTranslated: Readonly<Record<string, readonly string[]>> = {
  'api/client.ts': ['no answer'],
  'frame/frame.tsx': ['… · Berth'],
  'pages/artifact/artifact-page.tsx': ['sha256:…'],
};

describe('texts written into the code of a page', () => {
  it('are none but those that no language has a word for', () => {
    const found = globSync('**/*.{ts,tsx}', { cwd: renderer })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => !path.startsWith('text/'))
      .flatMap((path) =>
        hardCodedTexts(path, readFileSync(join(renderer, path), 'utf8')).map((text) => `${path}:${text}`),
      );
    const allowed = Object.entries(notTranslated).flatMap(([path, texts]) =>
      texts.map((text) => `${path}: ${text}`),
    );
    const plain = found.map((text) => text.replace(/:\d+: /, ': '));
    expect(found.filter((_text, at) => !allowed.includes(plain[at] ?? ''))).toEqual([]);
    expect(allowed.filter((text) => !plain.includes(text))).toEqual([]);
  });

  it.each([
    ['between tags', '<p>Nothing here</p>'],
    ['in braces', "<p>{'Nothing here'}</p>"],
    ['as one of two', "<p>{ready ? t('a.b') : 'Waiting'}</p>"],
    ['after &&', '<p>{ready && `Ready in ${n}`}</p>'],
    ['in a label', '<Button aria-label="close" />'],
    ['in a property of a component', '<Field heading={ready ? "Save" : name} />'],
    ['as prose in an unknown property', '<Field note="Not saved" />'],
    ['in a column', "const column = { title: 'Pushed', accessor: 'push_time' };"],
    ['in a message', "notifications.show({ message: 'Saved' });"],
    ['as a default', "const Field = ({ label = 'Search here' }) => <b>{label}</b>;"],
    ['in the title of the document', "document.title = 'Projects';"],
    ['in Chinese anywhere', "const names = ['项目'];"],
  ])('are found %s', (_where, source) => {
    expect(hardCodedTexts('a.tsx', source)).toHaveLength(1);
  });

  it.each([
    ["<p className='Two words'>{t('projects.title')}</p>"],
    ["<Link to='/Some/Path' what='what.requestId'>·</Link>"],
    ["<Button variant={wide ? 'filled' : 'light'} size='xs' aria-label={t('action.close')} />"],
    ["const header = { method: 'POST', 'Content-Type': 'Application json' };"],
    ['<Ago>{`${n}:${m}`}</Ago>'],
  ])('are not taken for %s', (source) => {
    expect(hardCodedTexts('a.tsx', source)).toEqual([]);
  });
});
