import type { FastifyReply, FastifyRequest } from 'fastify';

/** The value of a cookie that the request carries; the first one where there are two (RFC 6265, section 5.4). */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

export interface NewCookie {
  readonly name: string;
  /** Of the characters of base64url, so that nothing needs encoding. */
  readonly value: string;
  /** 0 makes the browser forget it; left out, it lasts as long as the browser. */
  readonly maxAgeSeconds?: number;
  /** Whether it may travel over TLS only. */
  readonly secure: boolean;
}

/** Sets a cookie that no script reads and no other site's page sends. */
export function setCookie(reply: FastifyReply, cookie: NewCookie): void {
  const { name, value, maxAgeSeconds, secure } = cookie;
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict'];
  if (maxAgeSeconds !== undefined) attributes.unshift(`Max-Age=${maxAgeSeconds}`);
  if (secure) attributes.push('Secure');
  // Fastify adds a second Set-Cookie to the first, where another header would be replaced.
  reply.header('Set-Cookie', [`${name}=${value}`, ...attributes].join('; '));
}
