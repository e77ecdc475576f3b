import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../../access/principal.ts';
import { open, signedIn, system as systemAccess } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import '../../http/request-types.ts';
import { parseDigest } from '../../lib/digest.ts';
import { notFound } from '../../lib/errors.ts';
import { findIcon } from '../../lib/icons.ts';
import { NoBody, refusals } from '../../lib/wire.ts';
import {
  BootBody,
  EventStreamHeaders,
  EventStreamQuery,
  FirstPassword,
  FirstPasswordBody,
  HealthBody,
  IconBody,
  IconParams,
  StatisticBody,
  VersionBody,
} from './contract.ts';
import { addDetailRoutes, type DetailRoutesDeps } from './detail-routes.ts';
import type { EventStreams } from './event-streams.ts';
import { addInfoRoutes } from './info-routes.ts';
import type { System } from './service.ts';

export interface SystemRoutesDeps extends DetailRoutesDeps {
  readonly streams: EventStreams;
  /** The session that the request's cookie names. */
  readonly sessionOf: (
    request: FastifyRequest,
  ) => Promise<{ readonly via: 'password' | 'shell' } | undefined>;
  /** Who sends the request, found anew: a stream outlives the answer at its start. */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}

/** `/systeminfo`, `/health`, `/ping`, `/statistics` and `/icons`. */
export function systemRoutes(deps: SystemRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addInfoRoutes(instance, deps);
    addHealth(instance, deps.system);
    addStatistics(instance, deps.system);
    addIcons(instance);
  };
}

/** `/api/version`: which of Harbor's APIs this is. */
export function versionRoute(app: FastifyInstance): void {
  app.get(
    '/version',
    {
      config: { access: open },
      schema: { operationId: 'getVersion', tags: ['version'], response: { 200: VersionBody } },
    },
    async () => ({ version: 'v2.0' }),
  );
}

function addHealth(instance: FastifyInstance, system: System): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/health',
    {
      config: { access: open },
      schema: { operationId: 'getHealth', tags: ['health'], response: { 200: HealthBody } },
    },
    async () => {
      const components = await system.health();
      return {
        status: components.every(({ healthy }) => healthy) ? 'healthy' : 'unhealthy',
        components: components.map(({ name, healthy }) =>
          healthy
            ? { name, status: 'healthy' }
            : { name, status: 'unhealthy', error: `${name} does not answer; the server's log says why` },
        ),
      };
    },
  );

  app.get(
    '/ping',
    {
      config: { access: open },
      schema: {
        operationId: 'getPing',
        tags: ['ping'],
        produces: ['text/plain'],
        response: { 200: Type.String() },
      },
    },
    async (_request, reply) => reply.type('text/plain; charset=utf-8').send('Pong'),
  );
}

function addStatistics(instance: FastifyInstance, system: System): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/statistics',
    {
      config: { access: signedIn },
      schema: {
        operationId: 'getStatistic',
        tags: ['statistic'],
        response: { 200: StatisticBody, ...refusals(401) },
      },
    },
    async (request) => {
      const counts = await system.statistics(request.principal);
      const isAdmin = request.principal.kind === 'user' && request.principal.isAdmin;
      return {
        private_project_count: counts.privateProjects,
        private_repo_count: counts.privateRepositories,
        public_project_count: counts.publicProjects,
        public_repo_count: counts.publicRepositories,
        total_project_count: isAdmin ? counts.privateProjects + counts.publicProjects : 0,
        total_repo_count: isAdmin ? counts.privateRepositories + counts.publicRepositories : 0,
        total_storage_consumption: counts.storageBytes,
      };
    },
  );
}

function addIcons(instance: FastifyInstance): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/icons/:digest',
    {
      config: { access: open },
      schema: {
        operationId: 'getIcon',
        tags: ['icon'],
        params: IconParams,
        response: { 200: IconBody, ...refusals(400, 404) },
      },
    },
    async (request, reply) => {
      const icon = findIcon(parseDigest(request.params.digest));
      if (!icon) throw notFound('icon', request.params.digest);
      // The digest is of these bytes: they never change.
      reply.header('Cache-Control', 'public, max-age=604800, immutable');
      return { 'content-type': icon.contentType, content: icon.bytes.toString('base64') };
    },
  );
}

async function presentBoot(deps: SystemRoutesDeps, request: FastifyRequest): Promise<BootBody> {
  const { principal } = request;
  const { identity } = deps.system;
  const [firstRun, session] = await Promise.all([deps.system.firstRun(), deps.sessionOf(request)]);
  const origin = new URL(deps.originOf(request));
  const user = principal.kind === 'user' ? principal : undefined;
  const settings = deps.configuration.current();
  return {
    version: identity.version,
    instance_name: identity.instanceName,
    registry_host: origin.host,
    registry_scheme: origin.protocol === 'https:' ? 'https' : 'http',
    user: user ? { user_id: user.userId, username: user.username, sysadmin: user.isAdmin } : null,
    signed_in_by: user ? (user.via === 'session' ? (session?.via ?? 'password') : 'password') : null,
    first_run: { pending: firstRun.pending, admin_password_set: firstRun.adminPasswordSet },
    desktop: identity.desktop,
    read_only: settings.readOnly,
    self_registration: settings.selfRegistration,
    may_create_projects:
      user !== undefined && (user.isAdmin || settings.projectCreationRestriction === 'everyone'),
    banner_message: settings.bannerMessage,
  };
}

function isSame(before: Principal, now: Principal): boolean {
  if (before.kind === 'anonymous' || now.kind === 'anonymous') return before.kind === now.kind;
  return before.userId === now.userId && before.isAdmin === now.isAdmin;
}

/** Our own operations: `/boot`, `/first-run/*`, `/system/*` and the event stream. */
export function berthSystemRoutes(deps: SystemRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addFirstRun(instance, deps);
    addDetailRoutes(instance, deps);
    addEvents(instance, deps);
  };
}

function addFirstRun(instance: FastifyInstance, deps: SystemRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const { system } = deps;

  app.get(
    '/boot',
    {
      config: { access: open },
      schema: { operationId: 'getBoot', tags: ['berth'], response: { 200: BootBody } },
    },
    (request) => presentBoot(deps, request),
  );

  app.post(
    '/first-run/admin-password',
    {
      config: { access: systemAccess('setup:update') },
      schema: {
        operationId: 'setFirstAdminPassword',
        tags: ['berth'],
        body: Type.Union([FirstPassword, Type.Null()]),
        response: { 200: FirstPasswordBody, ...refusals(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const set = await system.setAdminPassword(actorOf(request), request.body?.password);
      reply.header('Cache-Control', 'no-store');
      return { username: set.username, ...(set.generated === undefined ? {} : { password: set.generated }) };
    },
  );

  app.post(
    '/first-run/skip',
    {
      config: { access: systemAccess('setup:update') },
      schema: {
        operationId: 'skipFirstRun',
        tags: ['berth'],
        response: { 204: NoBody, ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      await system.skipFirstRun(actorOf(request));
      return reply.code(204).send();
    },
  );
}

function addEvents(instance: FastifyInstance, deps: SystemRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  // An open stream would keep the server from closing.
  app.addHook('preClose', async () => deps.streams.closeAll());

  app.get(
    '/events',
    {
      exposeHeadRoute: false,
      config: { access: open },
      schema: {
        operationId: 'streamEvents',
        tags: ['berth'],
        description: 'Server-sent events of what the caller may read, as it happens',
        produces: ['text/event-stream'],
        headers: EventStreamHeaders,
        querystring: EventStreamQuery,
        response: { 200: Type.String(), ...refusals(422) },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      // The browser's own number is newer than the one that the address was made with.
      const last = request.headers['last-event-id'] ?? request.query.after?.toString();
      const stream = deps.streams.open({
        principal,
        // What is no number was not given by this server; the reader starts with what comes now.
        ...(last !== undefined && /^\d{1,15}$/.test(last) ? { lastEventId: Number(last) } : {}),
        isStillValid: async () => isSame(principal, await deps.identifyAgain(request)),
      });
      return (
        reply
          .header('Cache-Control', 'no-store')
          // Proxies in front would else hold events back.
          .header('X-Accel-Buffering', 'no')
          .type('text/event-stream')
          .send(stream as never)
      );
    },
  );
}
