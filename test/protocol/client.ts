import { TYPES } from './content.ts';
import { createAuthorizer, type Account } from './auth.ts';
import { createTransport, header, type Ask, type Reply, type Transport } from './transport.ts';

export interface RegistryClient {
  readonly transport: Transport;
  readonly account: Account | undefined;
  /** Sends a request, signing in as the registry asks; redirects of blobs are followed without credentials. */
  ask(ask: Ask): Promise<Reply>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  head(path: string, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  delete(path: string): Promise<Reply>;
  /** Sends a request exactly as it is, with no credentials but those in its headers. */
  bare(ask: Ask): Promise<Reply>;
  /** Sends part of a body under the rights that were asked for before, and cuts the connection. */
  cut(ask: Ask & { readonly body: Buffer }, sentBytes: number): Promise<void>;
}

export interface ClientOptions {
  readonly url: string;
  readonly account: Account | undefined;
  /** The longest that one request may take. */
  readonly timeoutMs: number;
  /** Told of every reply below /v2. */
  readonly onReply: (reply: Reply) => void;
}

/** What every client says that it reads, since some registries look. */
const ACCEPT = [TYPES.index, TYPES.manifest, TYPES.dockerList, TYPES.dockerManifest].join(', ');
const acceptOf = (path: string): Readonly<Record<string, string>> =>
  path.includes('/manifests/') ? { accept: ACCEPT } : {};

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export function createClient(options: ClientOptions): RegistryClient {
  const transport = createTransport(options.url, options.timeoutMs);
  const authorizer = createAuthorizer(transport, options.account);

  async function bare(ask: Ask): Promise<Reply> {
    const reply = await transport.send(ask).catch((error: unknown) => {
      throw new Error(`${ask.method} ${ask.path.slice(0, 220)}: ${String(error)}`, { cause: error });
    });
    if (ask.path.startsWith('/v2')) options.onReply(reply);
    return reply;
  }

  const signed = (ask: Ask, authorization: string | undefined): Ask =>
    authorization === undefined ? ask : { ...ask, headers: { ...ask.headers, authorization } };

  async function ask(wanted: Ask): Promise<Reply> {
    const known = authorizer.cached(wanted.method, wanted.path);
    let reply = await bare(signed(wanted, known));
    if (reply.status === 401) {
      const fresh = await authorizer.answer(reply);
      if (fresh !== undefined) reply = await bare(signed(wanted, fresh));
    }
    return follow(wanted, reply);
  }

  async function follow(wanted: Ask, first: Reply): Promise<Reply> {
    let reply = first;
    for (let hops = 0; hops < 3 && REDIRECTS.has(reply.status); hops++) {
      const target = new URL(header(reply, 'location') ?? '', transport.origin);
      const isOurs = target.origin === transport.origin;
      const next = { ...wanted, path: isOurs ? target.pathname + target.search : target.href };
      reply = await bare(isOurs ? signed(next, authorizer.cached(next.method, next.path)) : next);
    }
    return reply;
  }

  return {
    transport,
    account: options.account,
    ask,
    bare,
    get: (path, headers = {}) => ask({ method: 'GET', path, headers: { ...acceptOf(path), ...headers } }),
    head: (path, headers = {}) => ask({ method: 'HEAD', path, headers: { ...acceptOf(path), ...headers } }),
    delete: (path) => ask({ method: 'DELETE', path }),
    cut: (wanted, sentBytes) =>
      transport.sendCut(
        { ...signed(wanted, authorizer.cached(wanted.method, wanted.path)), body: wanted.body },
        sentBytes,
      ),
  };
}

/** A Location as the next request's path: relative ones against the registry, absolute ones stripped of it. */
export function locationOf(client: RegistryClient, reply: Reply): string {
  const value = header(reply, 'location');
  if (value === undefined || value === '')
    throw new Error(`${reply.asked}: ${reply.status} without a Location`);
  const { origin } = client.transport;
  if (value.startsWith('/')) return value;
  const target = new URL(value, new URL(reply.path, origin));
  return target.origin === origin ? target.pathname + target.search : target.href;
}

/** A path with one more query parameter, the others as they are. */
export function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
