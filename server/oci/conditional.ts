import type { FastifyRequest } from 'fastify';

/** Whether the client's copy is current: If-None-Match with the digest, quoted or bare, or `*` (RFC 9110, 13.1.2). */
export function isNotModified(request: FastifyRequest, digest: string): boolean {
  const header = request.headers['if-none-match'];
  if (header === undefined) return false;
  return header.split(',').some((item) => {
    const tag = item.trim().replace(/^W\//, '');
    return tag === '*' || tag === digest || tag === `"${digest}"`;
  });
}
