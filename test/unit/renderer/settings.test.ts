import { describe, expect, it } from 'vitest';
import { isShown, noBanner, readBanner, writeBanner } from '#renderer/frame/banner-text.ts';
import { changesOf, optionalEvents, valuesOf } from '#renderer/pages/settings/general-form.ts';
import { makePassword } from '#renderer/pages/users/make-password.ts';
import { readUserAgent } from '#renderer/ui/user-agent.ts';
import { checkPassword } from '#server/domain/users/index.ts';
import { OPTIONAL_AUDIT_EVENT_TYPES } from '#server/events/audit-event-types.ts';

const configuration = {
  project_creation_restriction: 'everyone',
  self_registration: false,
  read_only: false,
  session_timeout: 60,
  token_expiration: 30,
  banner_message: '',
  disabled_audit_log_event_types: '',
} as const;

describe('the form of the general settings', () => {
  it('changes nothing that nobody changed', () => {
    expect(changesOf(valuesOf(configuration), configuration)).toEqual({});
  });

  it('leaves a banner as others wrote it while it is not touched', () => {
    const written = { ...configuration, banner_message: '{"closable":false,"message":"Hi","extra":1}' };
    expect(changesOf(valuesOf(written), written)).toEqual({});
  });

  it('sends only what differs', () => {
    const values = { ...valuesOf(configuration), session: '90', readOnly: true };
    expect(changesOf(values, configuration)).toEqual({ session_timeout: 90, read_only: true });
  });

  it('takes a banner away when it is switched off', () => {
    const announced = { ...configuration, banner_message: writeBanner({ ...noBanner, message: 'Hi' }) };
    expect(changesOf({ ...valuesOf(announced), announce: false }, announced)).toEqual({ banner_message: '' });
  });

  it('knows the events that the server lets one leave out, and no others', () => {
    expect([...optionalEvents].toSorted()).toEqual([...OPTIONAL_AUDIT_EVENT_TYPES].toSorted());
    const left = { ...configuration, disabled_audit_log_event_types: 'pull_artifact, logout_user' };
    expect(valuesOf(left).written).not.toContain('pull_artifact');
    expect(valuesOf(left).written).toContain('login_user');
    expect(changesOf(valuesOf(left), left)).toEqual({});
  });
});

describe('an announcement', () => {
  it.each(['', 'no JSON', '[]', '{"type":"info"}', 'null'])('is none in %j', (text) => {
    expect(readBanner(text)).toEqual(noBanner);
  });

  it('survives being written and read', () => {
    const banner = {
      message: 'Hi',
      type: 'danger',
      closable: false,
      from: '2026-01-01',
      to: '2026-02-01',
    } as const;
    expect(readBanner(writeBanner(banner))).toEqual(banner);
    expect(writeBanner({ ...banner, message: '  ' })).toBe('');
  });

  it('reads dates as other consoles write them', () => {
    expect(readBanner('{"message":"Hi","fromDate":"10/01/2026","toDate":"never"}')).toMatchObject({
      from: '2026-10-01',
      to: '',
    });
  });

  it('is shown on its first and on its last day, and on none outside', () => {
    const banner = { ...noBanner, message: 'Hi', from: '2026-01-02', to: '2026-01-04' };
    const days = ['2026-01-01', '2026-01-02', '2026-01-04', '2026-01-05'];
    expect(days.map((day) => isShown(banner, day))).toEqual([false, true, true, false]);
  });
});

describe('a made password', () => {
  it('is always one that the server takes', () => {
    for (let round = 0; round < 200; round++) expect(() => checkPassword(makePassword())).not.toThrow();
  });
});

describe('a user agent', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0',
      'Edge',
      'Windows',
    ],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.0 Safari/605.1.15', 'Safari', 'macOS'],
    [
      'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36',
      'Chrome',
      'Android',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/150.0.0.0 Safari/537.36', 'Chrome', 'Linux'],
    ['docker/29.0.1 go/go1.25', 'docker', null],
    ['Mozilla/5.0', null, null],
    ['', null, null],
  ])('%s is %s on %s', (text, program, system) => {
    expect(readUserAgent(text)).toEqual({ program, system });
  });
});
