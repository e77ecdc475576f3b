import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findIcon, iconDigestOf } from '#server/lib/icons.ts';
import { digestOf } from '#server/lib/digest.ts';

const KINDS = ['IMAGE', 'CHART', 'CNAB', 'WASM', 'UNKNOWN'];

describe('icons of artifacts', () => {
  it.each(KINDS)('%s has one, found by the digest of its bytes', (kind) => {
    const digest = iconDigestOf(kind);
    const icon = findIcon(digest);
    expect(icon?.contentType).toBe('image/svg+xml');
    expect(
      `sha256:${createHash('sha256')
        .update(icon?.bytes ?? '')
        .digest('hex')}`,
    ).toBe(digest);
    // Small enough for a list, and nothing in it that runs or loads.
    expect(icon?.bytes.length).toBeLessThan(1_000);
    expect(String(icon?.bytes)).not.toMatch(/script|href|url\(|onload|foreignObject/i);
  });

  it('tells the kinds apart, and gives every other kind the same', () => {
    expect(new Set(KINDS.map(iconDigestOf)).size).toBe(KINDS.length);
    expect(iconDigestOf('MODEL')).toBe(iconDigestOf('UNKNOWN'));
    expect(iconDigestOf('constructor')).toBe(iconDigestOf('UNKNOWN'));
  });

  it('has none for other digests', () => {
    expect(findIcon(digestOf(Buffer.from('no icon')))).toBeUndefined();
  });
});
