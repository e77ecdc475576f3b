import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeError } from '#server/http/errors.ts';
import { AppError, ERROR_TABLE, type ErrorCode } from '#server/lib/errors.ts';

interface Row {
  readonly code: string;
  readonly status: number;
  readonly oci: string;
  readonly harbor: string;
  readonly retryable: boolean;
  readonly when: string;
}

function readDocument(): Row[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) => {
    const [code = '', status = '', oci = '', harbor = '', retry = '', when = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return {
      code: code.replaceAll('`', ''),
      status: Number(status),
      oci,
      harbor,
      retryable: retry === 'yes',
      when,
    };
  });
}

const codes = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('the error table', () => {
  it('is docs/errors.md, line by line, with a sentence for each code', () => {
    const rows = readDocument();
    expect(rows.map(({ when: _when, ...row }) => row)).toEqual(
      codes.map((code) => ({ code, ...ERROR_TABLE[code] })),
    );
    for (const { code, when } of rows) expect(when, code).toMatch(/^[A-Z].{10,}\.$/);
  });

  it.each(codes)('is what both encoders write: %s', (code) => {
    const error = new AppError(code, 'do it another way', {
      detail: { at: 7 },
      headers: { 'Retry-After': '2' },
    });
    const harbor = encodeError(error, 'harbor');
    const oci = encodeError(error, 'oci');
    const { status } = ERROR_TABLE[code];
    expect(harbor).toEqual({
      status,
      body: { errors: [{ code: ERROR_TABLE[code].harbor, message: 'do it another way' }] },
      headers: { 'Retry-After': '2' },
      isBug: false,
    });
    expect(oci).toMatchObject({
      status,
      body: { errors: [{ code: ERROR_TABLE[code].oci, message: 'do it another way', detail: { at: 7 } }] },
    });
  });

  it('tells nobody what a bug was', () => {
    const bug = new Error('password=secret at /srv/data');
    for (const dialect of ['harbor', 'oci'] as const) {
      const { status, body, isBug } = encodeError(bug, dialect);
      expect([status, isBug]).toEqual([500, true]);
      expect(body.errors).toMatchObject([{ code: 'UNKNOWN', message: 'internal server error' }]);
      expect(JSON.stringify(body)).not.toContain('secret');
    }
  });

  it('gives one error for each missing part of a manifest', () => {
    const error = new AppError('manifest_blob_unknown', 'parts are missing', {
      detail: [{ digest: 'a' }, { digest: 'b' }],
    });
    expect(encodeError(error, 'oci').body.errors).toMatchObject([
      { detail: { digest: 'a' } },
      { detail: { digest: 'b' } },
    ]);
  });
});
