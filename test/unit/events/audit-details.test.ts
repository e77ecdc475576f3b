import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDetails, type AuditDetails } from '#server/events/audit-details.ts';
import { isLeftOut } from '#server/events/audit.ts';

const written = (details: AuditDetails): unknown => JSON.parse(writeDetails(details));

describe('what is kept of a change', () => {
  it('is what was given, in any script', () => {
    const details = {
      name: `<script>alert(1)</script>'; drop table audit_log;--`,
      comment: '\u{1f6a2} Борт \u0627\u0644\u0633\u0641\u064a\u0646\u0629 "quoted" \\ \n\t',
      flags: [true, null, 1.5],
      nested: { public: 'true' },
      __proto__x: 'own',
    };
    expect(written(details)).toEqual(details);
  });

  it('is bounded, with a mark where something was cut', () => {
    expect(written({ text: 'x'.repeat(10_000) })).toEqual({
      text: `${'x'.repeat(1_000)}… (10000 characters)`,
    });
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key-${i}`, 'y'.repeat(100)]));
    const kept = written(many) as Record<string, unknown>;
    expect(kept['key-0']).toBe('y'.repeat(100));
    expect(kept['…']).toMatch(/^\d+ of 500 properties were too long to keep$/);
    let deep: unknown = 'end';
    for (let i = 0; i < 100; i++) deep = { deep };
    expect(writeDetails({ deep })).toContain('"…"');
  });

  it('cuts no character in two', () => {
    const text = `${'x'.repeat(999)}\u{1f6a2}\u{1f6a2}`;
    expect((written({ text }) as { text: string }).text.isWellFormed()).toBe(true);
  });

  it.each([
    'password',
    'new_password',
    'newPassword',
    'PASSWORD',
    'password_hash',
    'passwordHash',
    'oidc_client_secret',
    'secret',
    'refresh_token',
    'sid',
    'cookie',
    'private_key',
    'apiKey',
    'auth_info',
    'access_credentials',
  ])('masks what is named %s', (key) => {
    expect(writeDetails({ [key]: 'Sailor-Boy-7', list: [{ [key]: 'Sailor-Boy-7' }] })).not.toContain(
      'Sailor',
    );
  });

  it.each(['token_expiration', 'robot_token_duration', 'username', 'description', 'public', 'residence'])(
    'does not mask %s',
    (key) => {
      expect(written({ [key]: 'shown' })).toEqual({ [key]: 'shown' });
    },
  );

  it('is JSON of at most 16 KiB whatever it is made of', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 50 }),
        (details) => {
          const text = writeDetails(details as AuditDetails);
          expect(text.length).toBeLessThanOrEqual(16_384);
          expect(() => JSON.parse(text) as unknown).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a kind of row that was turned off', () => {
  const pull = { operation: 'pull', resourceType: 'artifact' } as const;
  const login = { operation: 'login', resourceType: 'user' } as const;

  it.each([
    [pull, ['pull_artifact'], true],
    [pull, [], false],
    [pull, ['create_artifact'], false],
    [login, ['login_user'], true],
    [{ ...login, succeeded: false }, ['login_user'], false],
    [{ operation: 'update', resourceType: 'configuration' }, ['update_configuration'], false],
    [{ operation: 'create', resourceType: 'user' }, ['create_user'], false],
    [{ operation: 'delete', resourceType: 'member' }, ['delete_member'], false],
    [{ operation: 'delete', resourceType: 'session' }, ['delete_session'], false],
  ] as const)('%j with %j turned off is left out: %s', (entry, disabled, isOut) => {
    expect(isLeftOut(entry, disabled)).toBe(isOut);
  });
});
