import { header, headers, type Reply, type Transport } from './transport.ts';

export interface Account {
  readonly user: string;
  readonly password: string;
}

export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

export const basic = ({ user, password }: Account): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/**
 * Reads the first WWW-Authenticate header as strict clients do (RFC 9110, section 11.6.1; the distribution token
 * specification): every parameter quoted, none empty, nothing left over. Throws with what is wrong.
 */
export function readChallenge(reply: Reply): Challenge {
  const text = headers(reply, 'www-authenticate')[0];
  if (text === undefined) throw new Error(`${reply.asked}: ${reply.status} without WWW-Authenticate`);
  const bad = (why: string): Error => new Error(`${reply.asked}: WWW-Authenticate ${text}: ${why}`);
  const [, word = '', rest = ''] = /^(\S+) +(.*)$/.exec(text) ?? [];
  const scheme = word.toLowerCase();
  if (scheme !== 'basic' && scheme !== 'bearer') throw bad('the scheme is neither Basic nor Bearer');
  const parameters: Record<string, string> = {};
  const pair = /\s*([a-z_]+)="([^"]+)"\s*(,|$)/y;
  while (pair.lastIndex < rest.length) {
    const [, name = '', value = ''] = pair.exec(rest) ?? [];
    if (name === '') throw bad('a parameter is not NAME="VALUE" with a value');
    parameters[name] = value;
  }
  if (!('realm' in parameters)) throw bad('there is no realm');
  return { scheme, parameters };
}

/** Asks the token service of a challenge, as docker does; scopes go as one parameter with spaces between them. */
export function askToken(
  transport: Transport,
  challenge: Challenge,
  asked: { account?: Account | undefined; scope?: string | undefined; more?: string },
): Promise<Reply> {
  const { realm = '', service } = challenge.parameters;
  const query = new URLSearchParams();
  if (service !== undefined) query.set('service', service);
  if (asked.scope !== undefined) query.set('scope', asked.scope);
  const more = asked.more === undefined ? '' : `&${asked.more}`;
  return transport.send({
    method: 'GET',
    path: `${realm}${realm.includes('?') ? '&' : '?'}${query}${more}`,
    headers: asked.account ? { authorization: basic(asked.account) } : {},
  });
}

/** The token in the service's reply; throws with the reply when there is none. */
export function tokenOf(reply: Reply): string {
  if (reply.status !== 200) throw new Error(`${reply.asked}: ${reply.status} ${reply.body.toString()}`);
  const { token, access_token: other } = JSON.parse(reply.body.toString()) as Record<string, unknown>;
  const found = token ?? other;
  if (typeof found !== 'string' || found === '') throw new Error(`${reply.asked}: no token in the reply`);
  return found;
}

/** Under which right a request is made: what a client keeps one token for. */
function intentOf(method: string, path: string): string {
  const bare = path.replace(/^https?:\/\/[^/]+/, '').split('?', 1)[0] ?? '';
  const repository = /^\/v2\/(.+)\/(?:blobs\/uploads(?:\/[^/]*)*|(?:blobs|manifests|tags|referrers)\/[^/]+)$/;
  const name = repository.exec(bare)?.[1] ?? '';
  if (method === 'GET' || method === 'HEAD')
    return `${name} ${bare.includes('/blobs/uploads') ? 'push' : 'pull'}`;
  if (method === 'DELETE' && !bare.includes('/blobs/uploads/')) return `${name} delete`;
  return `${name} push`;
}

export interface Authorizer {
  /** What to send with a request, from an earlier challenge; undefined when there was none. */
  cached(method: string, path: string): string | undefined;
  /** Answers a 401: what to send instead, kept for the next such request. Undefined when there is no account. */
  answer(reply: Reply): Promise<string | undefined>;
}

/** Signs in as the challenges ask, one header kept for each repository and right. */
export function createAuthorizer(transport: Transport, account: Account | undefined): Authorizer {
  const kept = new Map<string, string>();
  return {
    cached: (method, path) => kept.get(intentOf(method, path)),
    async answer(reply) {
      if (account === undefined && header(reply, 'www-authenticate') === undefined) return undefined;
      const challenge = readChallenge(reply);
      if (challenge.scheme === 'basic' && account === undefined) return undefined;
      const value =
        challenge.scheme === 'basic' && account
          ? basic(account)
          : `Bearer ${tokenOf(await askToken(transport, challenge, { account, scope: challenge.parameters['scope'] }))}`;
      kept.set(intentOf(reply.method, reply.path), value);
      return value;
    },
  };
}
