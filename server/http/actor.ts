import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import type { Actor } from '../access/scope.ts';
import { clientAddressOf } from './origin.ts';
import './request-types.ts';

/** Who sends the request, and from where, as the audit log tells it; `principal` where no hook has left it on the request. */
export function actorOf(request: FastifyRequest, principal: Principal = request.principal): Actor {
  return { principal, requestId: request.id, address: clientAddressOf(request) };
}
