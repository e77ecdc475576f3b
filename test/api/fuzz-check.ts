import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { Body } from './fuzz-values.ts';
import type { Caller, World } from './fuzz-world.ts';

export interface FuzzRequest {
  readonly caller: Caller;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
}

/** A request that takes longer hangs: most take a few milliseconds, a password a hundred. */
const HANGS_MS = 5_000;

/** What a sentence for the caller does not say, unless it repeats what was asked. */
const OF_THE_INSIDE: readonly string[] = [
  'SQLITE',
  'sqlite',
  'postgres',
  'constraint',
  'undefined',
  '[object',
  'Error:',
];

async function send(world: World, request: FuzzRequest): Promise<LightMyRequestResponse> {
  const as = world.who[request.caller];
  const { body } = request;
  const headers = { ...request.headers, ...(body?.type === undefined ? {} : { 'content-type': body.type }) };
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${HANGS_MS} ms`)), HANGS_MS);
  });
  const reply = world.server.inject({
    method: request.method as 'GET',
    url: request.url,
    headers,
    ...(body === undefined ? {} : { payload: body.text }),
    ...(as === undefined ? {} : { as }),
  });
  try {
    return await Promise.race([reply, hangs]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the request says, decoded as often as the server decodes it. */
function said({ url, headers, body }: FuzzRequest): string {
  const texts = [url, ...Object.values(headers), body?.text ?? ''];
  for (let round = 0, text = url; round < 3; round += 1) {
    try {
      text = decodeURIComponent(text);
      texts.push(text);
    } catch {
      break;
    }
  }
  return texts.join('\n');
}

/** Where an administrator gives rights: to the others among the callers as well. */
const GRANTS = /\/(?:sysadmin|members)(?:[/?]|$)/;

/**
 * Whether it would tell the foreign project's words to others by right: an administrator who copies from there or gives
 * rights, or anybody who calls something by one of them. What is read afterwards would prove nothing.
 */
export function spreadsSecrets(world: World, request: FuzzRequest): boolean {
  if (['GET', 'HEAD'].includes(request.method)) return false;
  if (request.caller === 'sysadmin' && GRANTS.test(request.url)) return true;
  const told = request.caller === 'sysadmin' ? said(request) : (request.body?.text ?? '');
  return world.secrets.some((secret) => told.includes(secret));
}

/**
 * Sends it and expects an answer in time that is no failure of the server, says to nobody what is not theirs, and where it
 * is a refusal, is one in words. The wrapper around inject holds it against the contract besides.
 */
export async function expectDecent(world: World, request: FuzzRequest): Promise<LightMyRequestResponse> {
  const began = performance.now();
  const reply = await send(world, request);
  const what = `${request.method} ${request.url.slice(0, 200)} as ${request.caller}`;
  expect(performance.now() - began, what).toBeLessThan(HANGS_MS);
  expect(reply.statusCode, `${what}: ${reply.body}`).toBeLessThan(500);
  expect(reply.headers['x-request-id'], what).toMatch(/^[\w.:-]{1,128}$/);
  if (reply.statusCode >= 400 && request.method !== 'HEAD' && request.url.startsWith('/api/')) {
    const { errors } = reply.json<{ errors: { code: string; message: string }[] }>();
    for (const { code, message } of errors) {
      expect(code, what).toMatch(/^[A-Z_]+$/);
      expect(message.trim(), what).toMatch(/\S \S/);
      for (const word of OF_THE_INSIDE.filter((each) => !said(request).includes(each)))
        expect(message, what).not.toContain(word);
      expect(message.length, what).toBeLessThan(2_000);
    }
  }
  if (request.caller !== 'sysadmin') {
    const asked = said(request);
    const kept = request.caller === 'anonymous' ? [...world.secrets, ...world.accounts] : world.secrets;
    const told = `${JSON.stringify(reply.headers)}\n${reply.body}`;
    for (const secret of kept.filter((each) => !asked.includes(each)))
      expect(told.includes(secret), `${what} was told "${secret}": ${told.slice(0, 500)}`).toBe(false);
  }
  return reply;
}
