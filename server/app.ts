import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { registerApi, type ApiOptions } from './api/routes.ts';
import { DEFAULT_LIMITS, type Limits } from './config/schema.ts';
import type { Context } from './context.ts';
import { guardRoutes } from './http/access-hook.ts';
import { createClientAddresses } from './http/client-address.ts';
import { guardCsrf } from './http/csrf.ts';
import { registerConsole, type ConsoleSource } from './http/console.ts';
import { encodeError } from './http/errors.ts';
import { guardHost, isLoopback } from './http/host-guard.ts';
import { originOf, type PublicAddress } from './http/origin.ts';
import { guardReadOnly } from './http/read-only.ts';
import { describeListen, type CertificateFacts, type NetworkState } from './http/network-state.ts';
import { requestIdOf } from './http/request-id.ts';
import { createBrokenRequestHandler, createListener, DRAIN_MS } from './http/listener.ts';
import { boundRefusedBodies } from './http/refused-bodies.ts';
import { mergeSlashes, refuseBrokenText } from './http/request-text.ts';
import type { TlsPair } from './http/tls-files.ts';
import type { Clock } from './lib/clock.ts';
import { AppError } from './lib/errors.ts';
import './http/request-types.ts';
import { registerLogin } from './login/routes.ts';
import { createAuthenticate } from './oci/authenticate.ts';
import { registerOci } from './oci/plugin.ts';
import { registerTokenRoutes } from './token/routes.ts';

export interface AppOptions {
  readonly console: ConsoleSource;
  readonly address: PublicAddress;
  readonly listenHost: string;
  readonly logger: FastifyBaseLogger;
  /** With it HTTPS is served. */
  readonly tls?: TlsPair | undefined;
  /** The certificate, in PEM, that clients have to trust before they reach this server; undefined where there is none. */
  readonly caRoot?: () => string | undefined;
  /** The certificate that is served now, where there is one. */
  readonly certificate?: () => CertificateFacts | undefined;
  readonly limits?: Limits;
  /** Addresses and networks whose X-Forwarded headers are believed. */
  readonly trustedProxies?: readonly string[];
}

/** A path that Fastify refuses before it finds a route, such as one with broken percent-encoding. */
function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const dialect = (request.raw.url ?? '').startsWith('/v2') ? 'oci' : 'harbor';
  const { status, body } = encodeError(error, dialect);
  if (dialect === 'oci') {
    reply
      .header('docker-distribution-api-version', 'registry/2.0')
      .header('x-content-type-options', 'nosniff');
  }
  // Bytes: to a string Fastify would add a charset, which clients of the registry compare and refuse.
  const bytes = Buffer.from(JSON.stringify(body));
  void reply
    .code(status)
    .header('x-request-id', request.id)
    .header('content-type', 'application/json')
    .send(bytes);
}

/** Everything under one roof: the registry, the token service, the REST API and the console. */
export async function createApp(context: Context, options: AppOptions): Promise<FastifyInstance> {
  const { limits = DEFAULT_LIMITS, trustedProxies = [], tls } = options;
  const addresses = createClientAddresses(trustedProxies);
  const app: FastifyInstance = Fastify({
    serverFactory: (handler) =>
      createListener(
        (request, response) => {
          if (!context.hotReplies.serve(request, response, addresses.addressOf)) handler(request, response);
        },
        { limits, tls },
      ),
    clientErrorHandler: createBrokenRequestHandler(context.clock),
    trustProxy: trustedProxies.length > 0 && addresses.isTrusted,
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => requestIdOf(request, context.ids),
    routerOptions: { maxParamLength: 512 },
    rewriteUrl: (request) => mergeSlashes(request.url ?? ''),
    // Requests under way may end; closeApp bounds how long.
    forceCloseConnections: 'idle',
    // An upload that is refused must still say why.
    frameworkErrors: (error, request, reply) =>
      answerFrameworkError(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply),
  });
  app.addHook('preClose', (done) => {
    context.hotReplies.stop();
    done();
  });
  app.decorateRequest('sentContentType', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  boundRefusedBodies(app, context.clock);
  guardHost(app, { listenHost: options.listenHost, externalUrl: options.address.externalUrl });
  refuseBrokenText(app);
  const reach = {
    originOf: (request: FastifyRequest) => originOf(request, options.address),
    isSecure: (request: FastifyRequest) => originOf(request, options.address).startsWith('https:'),
  };
  // Before access is decided, so that a refusal carries a token as well.
  const mayRegister = (): boolean => context.configuration.current().selfRegistration;
  guardCsrf(app, { sessionOf: context.sessionOf, isSecure: reach.isSecure, mayRegister });
  guardRoutes(app, {
    projects: context.directory,
    owners: { label: (id) => context.labels.ownerOf(id) },
    identify: context.identify,
    mayRegister,
  });
  guardReadOnly(app, () => context.configuration.current().readOnly);
  app.setErrorHandler((error, request, reply) => {
    const { status, body, headers, isBug } = encodeError(error, 'harbor');
    if (isBug) request.log.error(error);
    return reply.code(status).headers(headers).send(body);
  });
  app.setNotFoundHandler((request) => {
    throw new AppError(
      'not_found',
      `there is nothing at ${request.method} ${(request.url.split('?', 1)[0] ?? '').slice(0, 200)}`,
    );
  });
  registerOci(app, {
    ...context,
    projects: context.directory,
    ...reach,
    authenticate: createAuthenticate(context, reach.originOf),
  });
  registerTokenRoutes(app, {
    tokens: context.tokens,
    verifyPassword: (credentials, from) => context.login.verify(credentials, from),
    onSignIn: (signIn) => context.signIns.note(signIn),
    clock: context.clock,
  });
  const { caRoot = () => undefined, certificate = () => undefined } = options;
  const network = (): NetworkState => ({
    listen: describeListen(options.listenHost, app.server.address()),
    isLocalOnly: isLoopback(options.listenHost),
    externalUrl: options.address.externalUrl,
    certificate: certificate(),
    trustedProxies,
  });
  await registerWeb(app, context, { ...reach, caRoot, network, console: options.console });
  return app;
}

interface WebOptions extends ApiOptions {
  readonly console: ConsoleSource;
  readonly isSecure: (request: FastifyRequest) => boolean;
}

/** What a browser sees, with the headers for it; apart from /v2, which stays bare. */
async function registerWeb(app: FastifyInstance, context: Context, options: WebOptions): Promise<void> {
  await app.register(async (web) => {
    web.addHook('onRequest', (_request, reply, done) => {
      reply
        .header('x-content-type-options', 'nosniff')
        .header('x-frame-options', 'DENY')
        .header('referrer-policy', 'no-referrer')
        .header('cross-origin-opener-policy', 'same-origin')
        .header('cross-origin-resource-policy', 'same-origin');
      done();
    });
    registerLogin(web, {
      ...context,
      isSecure: options.isSecure,
      mayRegister: () => context.configuration.current().selfRegistration,
    });
    await registerApi(web, context, options);
    registerConsole(web, options.console);
  });
}

/** Takes no new request and lets those under way end, but not for ever: after 2.5 s their connections are cut. */
export async function closeApp(app: FastifyInstance, clock: Clock): Promise<void> {
  const cancel = clock.after(DRAIN_MS, () => app.server.closeAllConnections());
  await app.close();
  cancel();
}
