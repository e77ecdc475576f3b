import { describe, expect, it } from 'vitest';
import { METADATA_KEYS } from '#server/domain/projects/contract.ts';
import { readEntry } from '#server/domain/projects/metadata-rules.ts';
import { describeChange } from '#server/domain/projects/metadata-service.ts';

describe('the one entry of a request', () => {
  it('is known by the keys that a project takes, and by no others', () => {
    for (const key of METADATA_KEYS) {
      try {
        expect(readEntry({ [key]: 'false' }).key).toBe(key);
      } catch (error) {
        expect((error as Error).message).toMatch(/no engine|severity is one of/);
      }
    }
    for (const key of ['Public', 'public ', '', 'constructor', '__proto__', 'toString'])
      expect(() => readEntry(Object.fromEntries([[key, 'true']]))).toThrow(/metadata has no/);
  });

  it('reads flags as Go does', () => {
    for (const yes of ['1', 't', 'T', 'TRUE', 'true', 'True'])
      expect(readEntry({ public: yes })).toEqual({ key: 'public', value: 'true' });
    for (const no of ['0', 'f', 'F', 'FALSE', 'false', 'False'])
      expect(readEntry({ public: no })).toEqual({ key: 'public', value: 'false' });
    for (const neither of ['', 'yes', 'tRUE', ' true', '2', 'toString', '__proto__'])
      expect(() => readEntry({ public: neither }), neither).toThrow(/"true" or "false"/);
  });

  it('keeps a severity of the five in lower case', () => {
    for (const severity of ['none', 'Low', 'MEDIUM', 'high', 'critical'])
      expect(readEntry({ severity }).value).toBe(severity.toLowerCase());
    for (const severity of ['negligible', 'unknown', 'toString', ' low'])
      expect(() => readEntry({ severity }), severity).toThrow(/one of none, low/);
  });

  it('is exactly one', () => {
    expect(() => readEntry({})).toThrow(/one key/);
    expect(() => readEntry({ public: 'true', auto_scan: 'false' })).toThrow(/one key/);
  });
});

describe('the change that the log tells', () => {
  it('has the keys that were set on both sides, and null where there was or is none', () => {
    const before = { public: 'true', auto_scan: 'false' };
    expect(describeChange(before, { auto_scan: '', severity: 'none' })).toEqual({
      before: { auto_scan: 'false', severity: null },
      after: { auto_scan: null, severity: 'none' },
    });
    expect(describeChange(before, { public: '' })).toEqual({
      before: { public: 'true' },
      after: { public: 'false' },
    });
    expect(describeChange(before, {})).toEqual({ before: {}, after: {} });
  });
});
