import { describe, expect, it } from 'vitest';
import { createRateLimit, networkOf } from '#server/http/rate-limit.ts';
import { manualClock } from '#server/lib/clock.ts';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2'],
    ['2001:0db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::', 'fe80:0:0:0'],
    ['', ''],
  ])('%s is %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('a rate limit', () => {
  const limit = () => {
    const clock = manualClock();
    return {
      clock,
      ...createRateLimit({ clock, what: 'tries', windowMs: 60_000, perAddress: 2, overall: 5 }),
    };
  };

  it('bounds one address, says when to come back, and begins anew then', () => {
    const { clock, admit } = limit();
    admit('192.0.2.1');
    clock.advance(20_000);
    admit('192.0.2.1');
    try {
      admit('192.0.2.1');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'too_many_requests', headers: { 'Retry-After': '40' } });
      expect(String(error)).toContain('too many tries: try again in 40 seconds');
    }
    admit('192.0.2.2');
    clock.advance(39_999);
    expect(() => admit('192.0.2.1')).toThrow('try again in 1 seconds');
    clock.advance(1);
    expect(() => admit('192.0.2.1')).not.toThrow();
  });

  it('takes a network of IPv6 for one address', () => {
    const { admit } = limit();
    admit('2001:db8::1');
    admit('2001:db8::2');
    expect(() => admit('2001:db8::3')).toThrow('too many');
    expect(() => admit('2001:db8:0:1::3')).not.toThrow();
  });

  it('bounds all addresses together', () => {
    const { clock, admit } = limit();
    for (let last = 1; last <= 5; last++) admit(`192.0.2.${last}`);
    expect(() => admit('192.0.2.6')).toThrow('too many');
    clock.advance(60_000);
    expect(() => admit('192.0.2.6')).not.toThrow();
  });
});
