import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { TestRequest, TestServer } from '#test/support/server.ts';
import { API } from './people.ts';

export type As = TestRequest['as'];

const LABELS = `${API}/labels`;
const by = (as: As): Pick<TestRequest, 'as'> => (as === undefined ? {} : { as });

export const postLabel = (payload: object, as?: As): TestRequest => ({
  method: 'POST',
  url: LABELS,
  payload,
  ...by(as),
});

export const listLabels = (query: string, as?: As): TestRequest => ({ url: `${LABELS}?${query}`, ...by(as) });

/** A request for one label; a PUT gives it a name of its own. */
export const atLabel = (id: number | string, method: 'GET' | 'PUT' | 'DELETE', as?: As): TestRequest => ({
  method,
  url: `${LABELS}/${id}`,
  ...(method === 'PUT' ? { payload: { name: `changed-${id}` } } : {}),
  ...by(as),
});

let made = 0;

/** Makes a label of a project, or without one of the registry, and resolves to its id. */
export async function addLabel(
  server: TestServer,
  label: { readonly name?: string; readonly projectId?: number },
): Promise<number> {
  const { name = `label-${++made}`, projectId } = label;
  const place = projectId === undefined ? { scope: 'g' } : { scope: 'p', project_id: projectId };
  const payload = { name, description: `of ${name}`, color: '#0065ab', ...place };
  const reply = await server.inject(postLabel(payload, 'admin'));
  expect(reply.statusCode, reply.body).toBe(201);
  expect(reply.headers.location).toMatch(/^\/api\/v2\.0\/labels\/\d+$/);
  return Number(String(reply.headers.location).split('/').at(-1));
}

export function namesOf(reply: LightMyRequestResponse): string[] {
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ name: string }[]>().map(({ name }) => name);
}

/** The label as an administrator of the system reads it. */
export async function readLabel(server: TestServer, id: number): Promise<object> {
  return (await server.inject(atLabel(id, 'GET', 'admin'))).json();
}
