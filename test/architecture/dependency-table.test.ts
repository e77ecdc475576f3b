import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '#test/support/berth.ts';
import manifest from '../../package.json' with { type: 'json' };

const dependencies: Readonly<Record<string, string>> = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
};

/** First cells of the tables in docs/development.md: `name 1.2.3`, or `@scope/a, b, c 1.2.3` for several of a scope. */
function documented(): string[] {
  const text = readFileSync(join(repositoryRoot, 'docs/development.md'), 'utf8');
  const cells = text.split('\n').flatMap((line) => /^\| ([^|]+?) +\|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => {
    let scope = '';
    let names: string[] = [];
    const found: string[] = [];
    for (const part of cell.split(/, */)) {
      const [, name = '', version] = /^(@?[\w./-]+)(?: (\d+\.\d+\.\d+[\w.-]*))?$/.exec(part) ?? [];
      if (name === '') return [];
      if (name.startsWith('@')) scope = name.slice(0, name.indexOf('/') + 1);
      names.push(name.startsWith('@') || !scope || name in dependencies ? name : scope + name);
      if (version === undefined) continue;
      found.push(...names.map((each) => `${each} ${version}`));
      names = [];
    }
    return found;
  });
}

describe('the table of dependencies in docs/development.md', () => {
  it('names each one of package.json at its version, and no other', () => {
    const wanted = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
    expect(documented().toSorted()).toEqual(wanted.toSorted());
  });
});
