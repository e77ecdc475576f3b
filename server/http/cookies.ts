import { fastifyCookie as cookies } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The value of a cookie that the request carries. */
export function readCookie(request: FastifyRequest, name: string): string | undefined {
  const { cookie } = request.headers;
  return cookie === undefined ? undefined : cookies.parse(cookie)[name];
}

export interface NewCookie {
  readonly name: string;
  readonly value: string;
  /** 0 makes the browser forget it; left out, it lasts as long as the browser. */
  readonly maxAgeSeconds?: number;
  /** Whether it may travel over TLS only. */
  readonly secure: boolean;
}

/** Sets a cookie that no script reads and no other site's page sends. */
export function setCookie(reply: FastifyReply, cookie: NewCookie): void {
  const { name, value, maxAgeSeconds, secure } = cookie;
  const lifetime = maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds };
  // Fastify adds a second Set-Cookie to the first, where another header would be replaced.
  reply.header(
    'Set-Cookie',
    cookies.serialize(name, value, { path: '/', httpOnly: true, sameSite: 'strict', secure, ...lifetime }),
  );
}
