import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ownAccount, signedIn } from '../access/route-access.ts';
import {
  EndedSessionsBody,
  SessionBody,
  SessionParams,
  UserParams,
  UserSessionParams,
} from '../domain/users/contract.ts';
import type { Users } from '../domain/users/index.ts';
import { actorOf } from '../http/actor.ts';
import '../http/request-types.ts';
import { AppError } from '../lib/errors.ts';
import { NoBody, refusals, writeTime } from '../lib/wire.ts';
import type { Session, Sessions } from './sessions.ts';

export interface SessionRoutesDeps {
  readonly sessions: Sessions;
  readonly users: Pick<Users, 'get'>;
  /** The session that the request's cookie names. */
  readonly sessionOf: (request: FastifyRequest) => Promise<Session | undefined>;
}

const presentSession = (session: Session, currentId: string | undefined): SessionBody => ({
  id: session.publicId,
  current: session.publicId === currentId,
  via: session.via,
  address: session.address,
  user_agent: session.userAgent,
  creation_time: writeTime(session.createdAtMs),
  last_used_time: writeTime(session.usedAtMs),
  expiration_time: writeTime(session.idleEndMs),
});

function ownIdOf({ principal }: FastifyRequest): number {
  if (principal.kind !== 'user') throw new AppError('unauthorized', 'sign in first');
  return principal.userId;
}

/** The sessions of an account, for its owner and for administrators: our own API. */
export function sessionRoutes(deps: SessionRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addOwn(instance, deps);
    addOthers(instance, deps);
  };
}

const OWN = '/users/current/sessions';
const OTHERS = '/users/:user_id/sessions';

/** What both kinds of routes do, once they know whose sessions are meant. */
function createActions({ sessions, sessionOf }: SessionRoutesDeps) {
  /** The session that the request came by; one that only lies beside Basic credentials is like any other. */
  async function currentIdOf(request: FastifyRequest): Promise<string | undefined> {
    const { principal } = request;
    const isBySession = principal.kind === 'user' && principal.via === 'session';
    return isBySession ? (await sessionOf(request))?.publicId : undefined;
  }
  return {
    async list(request: FastifyRequest, accountId: number): Promise<SessionBody[]> {
      const [current, all] = await Promise.all([currentIdOf(request), sessions.listOf(accountId)]);
      return all.map((session) => presentSession(session, current));
    },
    async endOthers(request: FastifyRequest, accountId: number): Promise<{ ended: number }> {
      const current = await currentIdOf(request);
      return { ended: await sessions.revokeAll(actorOf(request), accountId, current) };
    },
    end: (request: FastifyRequest, accountId: number, sessionId: string): Promise<void> =>
      sessions.revoke(actorOf(request), accountId, sessionId),
  };
}

const ENDS_OTHERS = 'Ends every session of the account but the one that asks';

function addOwn(instance: FastifyInstance, deps: SessionRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const actions = createActions(deps);
  const common = { config: { access: signedIn } };

  app.get(
    OWN,
    {
      ...common,
      schema: {
        operationId: 'listOwnSessions',
        tags: ['berth'],
        response: { 200: Type.Array(SessionBody), ...refusals(401) },
      },
    },
    (request) => actions.list(request, ownIdOf(request)),
  );

  app.delete(
    OWN,
    {
      ...common,
      schema: {
        operationId: 'endOwnOtherSessions',
        tags: ['berth'],
        description: ENDS_OTHERS,
        response: { 200: EndedSessionsBody, ...refusals(401, 403) },
      },
    },
    (request) => actions.endOthers(request, ownIdOf(request)),
  );

  app.delete(
    `${OWN}/:session_id`,
    {
      ...common,
      schema: {
        operationId: 'endOwnSession',
        tags: ['berth'],
        params: SessionParams,
        response: { 204: NoBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await actions.end(request, ownIdOf(request), request.params.session_id);
      return reply.code(204).send();
    },
  );
}

function addOthers(instance: FastifyInstance, deps: SessionRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const actions = createActions(deps);

  app.get(
    OTHERS,
    {
      config: { access: ownAccount('user:read') },
      schema: {
        operationId: 'listUserSessions',
        tags: ['berth'],
        params: UserParams,
        response: { 200: Type.Array(SessionBody), ...refusals(401, 403, 404, 422) },
      },
    },
    async (request) => actions.list(request, (await deps.users.get(request.params.user_id)).id),
  );

  app.delete(
    OTHERS,
    {
      config: { access: ownAccount('user:update') },
      schema: {
        operationId: 'endUserSessions',
        tags: ['berth'],
        description: ENDS_OTHERS,
        params: UserParams,
        response: { 200: EndedSessionsBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request) => actions.endOthers(request, (await deps.users.get(request.params.user_id)).id),
  );

  app.delete(
    `${OTHERS}/:session_id`,
    {
      config: { access: ownAccount('user:update') },
      schema: {
        operationId: 'endUserSession',
        tags: ['berth'],
        params: UserSessionParams,
        response: { 204: NoBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { user_id: userId, session_id: sessionId } = request.params;
      await deps.users.get(userId);
      await actions.end(request, userId, sessionId);
      return reply.code(204).send();
    },
  );
}
