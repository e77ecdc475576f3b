import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScopes } from '#server/token/scopes.ts';
import { expectQuick, hostileText, longRepetitions } from '#test/support/hostile.ts';

const known = ['pull', 'push', 'delete', '*'];
const pieces = [
  'repository',
  'registry',
  ':',
  '::',
  'a/b',
  'host:5000/a',
  ',',
  'pull',
  'push',
  '*',
  '(',
  ')',
  '(plugin)',
  ' ',
  '\n',
  'é',
  '__proto__',
];

// Few of them, so that names come twice.
const name = fc.oneof(
  fc.constantFrom('a/b', 'a/b/c', 'host:5000/a/b'),
  fc.stringMatching(/^[a-z0-9]{1,8}(\/[a-z0-9]{1,8}){0,3}$/),
);
const actions = fc.uniqueArray(fc.constantFrom(...known), { minLength: 1, maxLength: 4 });
const scope = fc.record({ type: fc.constantFrom('repository', 'registry'), name, actions });

describe('requested scopes', () => {
  it('come back from how they are written, once for each name, in whatever way they are spread', () => {
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 20 }), fc.boolean(), (scopes, inOne) => {
        const texts = scopes.map((each) => `${each.type}:${each.name}:${each.actions.join(',')}`);
        const parsed = parseScopes(inOne ? [texts.join(' ')] : texts);
        const merged = new Map<string, Set<string>>();
        for (const each of scopes) {
          const key = `${each.type}:${each.name}`;
          merged.set(key, new Set([...(merged.get(key) ?? []), ...each.actions]));
        }
        expect(new Map(parsed.map((each) => [`${each.type}:${each.name}`, new Set(each.actions)]))).toEqual(
          merged,
        );
        expect(parsed).toHaveLength(merged.size);
      }),
    );
  });

  it('never throw, and grant nothing that the text does not ask for', () => {
    fc.assert(
      fc.property(fc.array(hostileText(pieces), { maxLength: 5 }), (texts) => {
        const parsed = parseScopes(texts);
        expect(parsed.length).toBeLessThanOrEqual(100);
        for (const grant of parsed) {
          expect(grant.actions.length).toBeGreaterThan(0);
          expect(new Set(grant.actions).size).toBe(grant.actions.length);
          for (const action of grant.actions) expect(known).toContain(action);
          expect(grant.name.length).toBeGreaterThan(0);
          expect(grant.name.length).toBeLessThanOrEqual(255);
          expect(texts.some((text) => text.includes(`:${grant.name}:`))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are looked at only so many', () => {
    const many = Array.from({ length: 5_000 }, (_, number) => `repository:a/b${number}:pull`);
    expect(parseScopes(many)).toHaveLength(100);
    expect(parseScopes([many.join(' ')])).toHaveLength(100);
  });

  it('take no long time, however long they are', () => {
    const inScope = pieces.flatMap((piece) => [`${piece}:a/b:pull`, `repository:${piece}:pull`]);
    expectQuick(longRepetitions(pieces), (text) => parseScopes([text]));
    // The hostile part as a scope's type, its name, or its actions.
    for (const text of longRepetitions(['(', ')', 'a', ','])) {
      expectQuick([`${text}:a/b:pull`, `repository:${text}:pull`, `repository:a/b:${text}`], (each) =>
        parseScopes([each]),
      );
    }
    expectQuick(inScope, (text) => parseScopes([text]));
  });
});
