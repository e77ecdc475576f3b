import type { FastifyInstance } from 'fastify';
import type { Clock } from '../lib/clock.ts';

/** For a client to notice that it was refused, and to stop sending. */
const DRAIN_MS = 30_000;

/**
 * The body of a refused request is read on and thrown away, so that the client gets to read why; but not for ever:
 * then the connection is cut. Register it before the routes.
 */
export function boundRefusedBodies(app: FastifyInstance, clock: Clock): void {
  app.addHook('onError', (request, _reply, _error, done) => {
    const { raw } = request;
    const hasBody =
      raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length'] ?? 0) > 0;
    if (hasBody && !raw.complete && !raw.destroyed) {
      const cancel = clock.after(DRAIN_MS, () => {
        if (!raw.complete) raw.destroy();
      });
      raw.once('close', cancel);
    }
    done();
  });
}
