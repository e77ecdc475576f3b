import type { FastifyInstance } from 'fastify';
import { AppError } from '../lib/errors.ts';
import './request-types.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What changes something and is served all the same: to sign in and out, here or elsewhere, and to end this state. */
export const SERVED_WHEN_READ_ONLY: ReadonlySet<string> = new Set([
  'PUT /api/v2.0/configurations',
  'POST /c/login',
  'POST /c/userExists',
  'POST /service/token',
  'DELETE /api/berth/v1/users/current/sessions',
  'DELETE /api/berth/v1/users/current/sessions/:session_id',
  'DELETE /api/berth/v1/users/:user_id/sessions',
  'DELETE /api/berth/v1/users/:user_id/sessions/:session_id',
]);

/**
 * Refuses every change while the registry is read-only, on the API and on /v2: 403 DENIED, as Harbor. Register it
 * behind the access hook, so that who may not change something anyway is told that. What was begun before goes on
 * until its request ends; an upload in several requests is refused at the next one, and can go on later.
 */
export function guardReadOnly(app: FastifyInstance, isReadOnly: () => boolean): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isReadOnly() || READS.has(request.method)) return done();
    if (SERVED_WHEN_READ_ONLY.has(`${request.method} ${request.routeOptions.url ?? ''}`)) return done();
    done(
      new AppError(
        'denied',
        'the registry is read-only: nothing can be changed or pushed until an administrator ends that in its configuration',
      ),
    );
  });
}
