import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { topFolders } from './import-rules.ts';
import { checkSources } from './imports.ts';

const root = resolve(import.meta.dirname, '../..');

const extensions = ['ts', 'tsx', 'mts', 'cts', 'js', 'jsx', 'mjs', 'cjs'] as const;

function readSources(): { path: string; text: string }[] {
  return globSync(`{${topFolders.join(',')}}/**/*.{${extensions.join(',')}}`, { cwd: root }).map((path) => ({
    path: path.split(sep).join('/'),
    text: readFileSync(join(root, path), 'utf8'),
  }));
}

function listedByGit(...patterns: readonly string[]): readonly string[] {
  const args = [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '--',
    ...patterns,
  ];
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split(
    '\0',
  );
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\0');
  return listed.filter((path) => path !== '' && !deleted.includes(path)).toSorted();
}

describe('the import boundaries', () => {
  const sources = readSources();

  it('are checked on every script that git lists, .ts and .tsx first', () => {
    const seen = new Set(sources.map(({ path }) => path));
    expect(seen.size).toBeGreaterThan(0);
    expect(
      listedByGit(...extensions.map((extension) => `*.${extension}`)).filter((path) => !seen.has(path)),
    ).toEqual([]);
  });

  it('hold in the whole repository', () => {
    expect(checkSources(sources).join('\n')).toBe('');
  });
});

describe('the check itself', () => {
  const breaches = (files: Readonly<Record<string, string>>): readonly string[] =>
    checkSources(Object.entries(files).map(([path, text]) => ({ path, text })));

  it('fails when it sees no file', () => {
    expect(() => checkSources([])).toThrow('no file was seen');
  });

  it('passes imports that point left', () => {
    const files = {
      'server/main.ts': `import { go } from './context.ts';`,
      'server/context.ts': `import { users } from './domain/users/index.ts'; import './domain/audit/listeners.ts';`,
      'server/domain/audit/index.ts': `import type { User } from '#server/domain/users/index.ts';`,
      'server/domain/users/store.ts': `import { tx } from '../../db/tx.ts'; import { notFound } from '#server/lib/errors.ts';`,
      'server/domain/users/contract.ts': `import { Type } from 'typebox'; import { page } from '#server/lib/page.ts';`,
      'server/domain/users/routes.ts': `import type { FastifyInstance } from 'fastify';`,
      'server/api/routes.ts': `import { routes } from '#server/domain/users/routes.ts';`,
      'server/jobs/handlers.ts': `import { onPush } from '#server/domain/audit/listeners.ts';`,
      'server/lib/clock.ts': `export const clock = { now: () => new Date(), tick: () => Date.now() };`,
      'server/lib/dates.ts': `export const at = (time: string) => new Date(time);`,
      'renderer/api.ts': `import type { User } from '#server/domain/users/contract.ts';`,
      'electron/main.ts': `import { app } from 'electron'; import { join } from 'node:path';`,
    };
    expect(breaches(files)).toEqual([]);
  });

  it('prints the chain that leads to a breach', () => {
    const files = {
      'server/main.ts': `import './context.ts';`,
      'server/context.ts': `import './lib/page.ts';`,
      'server/lib/page.ts': `export { open } from '../db/open.ts';`,
    };
    expect(breaches(files)).toEqual([
      'server/main.ts → server/context.ts → server/lib/page.ts → server/db/open.ts: ' +
        'imports point leftwards only: what the left needs from the right is a port',
    ]);
  });

  const layer = 'imports point leftwards only';
  const bad: readonly [what: string, path: string, text: string, why: string][] = [
    ['a layer to its right', 'server/db/open.ts', `import '../domain/users/index.ts';`, layer],
    [
      'a type of a layer to its right',
      'server/http/a.ts',
      `import type { A } from '#server/api/a.ts';`,
      layer,
    ],
    ['by an inline type import', 'server/lib/a.ts', `let a: import('../db/a.ts').A;`, layer],
    ['by a re-export', 'server/lib/a.ts', `export * from '../db/a.ts';`, layer],
    ['by a dynamic import', 'server/lib/a.ts', `await import('../db/a.ts');`, layer],
    ['a table of handlers from its own folder', 'server/jobs/runner.ts', `import './handlers.ts';`, layer],
    ['past the door of a domain', 'server/api/a.ts', `import '../domain/users/store.ts';`, 'not a door'],
    ['routes of another domain', 'server/domain/audit/a.ts', `import '../users/routes.ts';`, 'not a door'],
    ['a domain of the same tier', 'server/domain/users/a.ts', `import '../projects/index.ts';`, 'lower tier'],
    [
      'a domain of a higher tier',
      'server/domain/artifacts/a.ts',
      `import '../quotas/index.ts';`,
      'lower tier',
    ],
    [
      'Fastify in a service',
      'server/domain/users/service.ts',
      `import type { A } from 'fastify';`,
      'Fastify appears',
    ],
    ['a driver outside db', 'server/domain/users/store.ts', `import pg from 'pg';`, 'drivers appear only'],
    [
      'anything else in a contract',
      'server/domain/users/contract.ts',
      `import 'kysely';`,
      'only typebox and lib',
    ],
    [
      'its service in a contract',
      'server/domain/users/contract.ts',
      `import './service.ts';`,
      'only typebox and lib',
    ],
    ['values of the server in the console', 'renderer/a.ts', `import '#server/lib/errors.ts';`, 'types only'],
    [
      'mixed types and values',
      'renderer/a.ts',
      `import { type A, b } from '#server/lib/errors.ts';`,
      'types only',
    ],
    [
      'other types of the server',
      'electron/a.ts',
      `import type { A } from '#server/context.ts';`,
      'only from',
    ],
    ['Node in the console', 'renderer/a.tsx', `import { join } from 'node:path';`, 'no Node there'],
    ['Electron in the server', 'server/cli/a.ts', `import { app } from 'electron';`, 'only the shell'],
    ['tests in the product', 'server/a.ts', `import '#test/support/seen.ts';`, 'server may not import test'],
    ['a relative path out of its folder', 'test/a.ts', `import '../server/app.ts';`, 'leaves its top folder'],
    ['a computed path', 'server/cli/a.ts', 'await import(`./${name}.ts`);', 'computed path'],
    ['the time of day', 'server/api/a.ts', `const a = new Date();`, 'new Date() without'],
    ['the time in milliseconds', 'server/api/a.ts', `const a = { now: Date.now };`, 'Date.now'],
    ['chance', 'server/domain/users/a.ts', `const a = Math['random']();`, 'Math.random'],
    ['more than 400 lines', 'renderer/a.ts', '\n'.repeat(401), 'more than 400'],
    ['a syntax error', 'renderer/a.ts', 'const = 1', 'does not parse'],
    ['an unknown folder', 'server/helpers/a.ts', `import '../lib/a.ts';`, 'in no layer'],
  ];
  it.each(bad)('refuses %s', (_what, path, text, why) => {
    expect(breaches({ [path]: text }).join('\n')).toContain(why);
  });

  it('refuses folders of one layer that import each other in a circle', () => {
    const files = {
      'server/events/a.ts': `import '../jobs/a.ts';`,
      'server/jobs/a.ts': `import '../db/a.ts';`,
      'server/db/a.ts': `import '../events/a.ts';`,
    };
    expect(breaches(files)).toEqual([
      expect.stringContaining('server/db → server/events → server/jobs → server/db'),
    ]);
  });
});
