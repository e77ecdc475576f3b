import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Credentials, TestServer } from '#test/support/server.ts';

const TOKEN = 'x-harbor-csrf-token';

/** A client with a cookie jar, which keeps the CSRF token of the last reply as the console does. */
export class Browser {
  readonly cookies = new Map<string, string>();
  token: string | undefined;
  readonly #server: TestServer;

  constructor(server: TestServer) {
    this.#server = server;
  }

  /** Sends the request with the cookies; with the token too, unless `bare`. */
  async send(request: InjectOptions & { bare?: boolean }): Promise<LightMyRequestResponse> {
    const { bare = false, ...options } = request;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      ...(cookie ? { cookie } : {}),
      ...(this.token !== undefined && !bare ? { [TOKEN]: this.token } : {}),
      ...options.headers,
    };
    const reply = await this.#server.inject({ ...options, headers });
    for (const set of reply.cookies) {
      if (set.maxAge === 0) this.cookies.delete(set.name);
      else this.cookies.set(set.name, set.value);
    }
    const token = reply.headers[TOKEN];
    if (typeof token === 'string') this.token = token;
    return reply;
  }

  signIn(who: Credentials): Promise<LightMyRequestResponse> {
    const form = new URLSearchParams({ principal: who.username, password: who.password });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send({ method: 'POST', url: '/c/login', headers, payload: form.toString() });
  }
}
