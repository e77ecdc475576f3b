import { ERROR_CODES, errorsOf } from './expect.ts';
import { Mismatch, type Report } from './report.ts';
import { header, headers, type Reply } from './transport.ts';

/** What holds for every reply below /v2, whatever was asked. */
interface Rule {
  readonly id: string;
  readonly expected: string;
  /** What is wrong with the reply; undefined when nothing is. */
  broken(reply: Reply): string | undefined;
}

const isError = (reply: Reply): boolean => reply.status >= 400;

const RULES: readonly Rule[] = [
  {
    id: 'api-version',
    expected:
      'every reply carries Docker-Distribution-Api-Version: registry/2.0 (docker needs it on the 401)',
    broken: (reply) =>
      header(reply, 'docker-distribution-api-version') === 'registry/2.0' ? undefined : 'without it',
  },
  {
    id: 'nosniff',
    expected: 'every reply carries X-Content-Type-Options: nosniff',
    broken: (reply) => (header(reply, 'x-content-type-options') === 'nosniff' ? undefined : 'without it'),
  },
  {
    id: 'error-envelope',
    expected: `every error but to a HEAD is {"errors":[...]} with a code of the specification (${ERROR_CODES.length} are known)`,
    broken(reply) {
      if (!isError(reply) || reply.method === 'HEAD') return undefined;
      try {
        const bare = errorsOf(reply).find((item) => typeof item.message !== 'string' || item.message === '');
        return bare ? `the error ${bare.code} has no message` : undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  },
  {
    id: 'json-type',
    expected: 'JSON is labelled by its media type without parameters (oras compares it exactly)',
    broken(reply) {
      const type = header(reply, 'content-type') ?? '';
      return /json\s*;/i.test(type) ? `Content-Type ${type}` : undefined;
    },
  },
  {
    id: 'no-server-error',
    expected: 'no reply is a 5xx: clients drop its message and try again',
    broken: (reply) => (reply.status >= 500 ? 'a server error' : undefined),
  },
  {
    id: 'no-encoding',
    expected: 'nothing is compressed on the way: it would break lengths, ranges and digests',
    broken(reply) {
      const encoding = header(reply, 'content-encoding');
      return encoding === undefined ? undefined : `Content-Encoding ${encoding}`;
    },
  },
  {
    id: 'relative-location',
    expected: 'every Location is relative: clients refuse other private hosts, and proxies rewrite ports',
    broken(reply) {
      const location = header(reply, 'location');
      const isElsewhere = reply.status >= 300 && reply.status < 400;
      return location === undefined || isElsewhere || location.startsWith('/v2/')
        ? undefined
        : `Location ${location}`;
    },
  },
  {
    id: 'relative-link',
    expected: 'every Link to a next page is relative and says rel="next"',
    broken(reply) {
      const link = header(reply, 'link');
      return link === undefined || /^<\/v2\/[^>]+>; rel="next"$/.test(link) ? undefined : `Link ${link}`;
    },
  },
  {
    id: 'challenge-on-401',
    expected: 'every 401 carries a WWW-Authenticate',
    broken: (reply) =>
      reply.status === 401 && header(reply, 'www-authenticate') === undefined ? 'without one' : undefined,
  },
  {
    id: 'single-headers',
    expected: 'no header that clients read once comes twice',
    broken(reply) {
      const once = ['content-type', 'content-length', 'location', 'docker-content-digest', 'range', 'link'];
      const twice = once.find((name) => headers(reply, name).length > 1);
      return twice === undefined ? undefined : `${twice} twice`;
    },
  },
  {
    id: 'lengths',
    expected: 'a Content-Length is the number of bytes that come, and a 204 has none (RFC 9110, 8.6)',
    broken(reply) {
      const length = header(reply, 'content-length');
      if (length === undefined) return undefined;
      if (reply.status === 204) return `a 204 with Content-Length ${length}`;
      const isBodiless = reply.method === 'HEAD' || reply.status === 304;
      return isBodiless || Number(length) === reply.body.length
        ? undefined
        : `Content-Length ${length}, but ${reply.body.length} bytes`;
    },
  },
  {
    id: 'warning-form',
    expected: 'a Warning is `299 - "text"` of at most 4096 bytes (OCI distribution spec, "Warnings")',
    broken: (reply) =>
      headers(reply, 'warning').find((text) => !/^299 - ".*"$/.test(text) || Buffer.byteLength(text) > 4096),
  },
  {
    id: 'retry-after',
    expected: 'every 429 says when to come back (Retry-After)',
    broken: (reply) =>
      reply.status === 429 && header(reply, 'retry-after') === undefined ? 'without it' : undefined,
  },
];

const SHOWN = 3;

/** Sees every reply below /v2 of a run, and reports at its end what held for all of them. */
export function watchReplies(): { see: (reply: Reply) => void; report: (report: Report) => Promise<void> } {
  const broken = new Map<string, { count: number; shown: string[] }>();
  let seen = 0;
  return {
    see(reply) {
      seen++;
      for (const rule of RULES) {
        const why = rule.broken(reply);
        if (why === undefined) continue;
        const entry = broken.get(rule.id) ?? { count: 0, shown: [] };
        entry.count++;
        if (entry.shown.length < SHOWN) entry.shown.push(`${reply.asked}: ${reply.status}, ${why}`);
        broken.set(rule.id, entry);
      }
    },
    async report(report) {
      for (const rule of RULES) {
        await report.check(`every-reply/${rule.id}`, rule.expected, () => {
          const entry = broken.get(rule.id);
          if (seen === 0) throw new Mismatch('no reply was seen');
          if (entry)
            throw new Mismatch(`${entry.count} of ${seen} replies, such as ${entry.shown.join('; ')}`);
          return Promise.resolve();
        });
      }
    },
  };
}
