import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { ROLE_IDS, type RoleName } from '#server/access/roles.ts';
import type { Credentials, TestRequest, TestServer } from '#test/support/server.ts';

export const API = '/api/v2.0';
export const OWN = '/api/berth/v1';
export const PASSWORD = 'Sailor-Boy-7';

export interface Person extends Credentials {
  readonly id: number;
}

/** Creates an ordinary user over the API. */
export async function addUser(server: TestServer, username: string): Promise<Person> {
  const payload = { username, email: `${username}@example.com`, realname: username, password: PASSWORD };
  const reply = await server.inject({ method: 'POST', url: `${API}/users`, as: 'admin', payload });
  expect(reply.statusCode, reply.body).toBe(201);
  return { username, password: PASSWORD, id: Number(String(reply.headers.location).split('/').at(-1)) };
}

/** Creates a project and resolves to its id. */
export async function addProject(
  server: TestServer,
  name: string,
  options: { isPublic?: boolean; as?: 'admin' | Credentials } = {},
): Promise<number> {
  const payload = { project_name: name, metadata: { public: String(options.isPublic ?? false) } };
  const reply = await server.inject({
    method: 'POST',
    url: `${API}/projects`,
    as: options.as ?? 'admin',
    payload,
  });
  expect(reply.statusCode, reply.body).toBe(201);
  return Number(String(reply.headers.location).split('/').at(-1));
}

/** Adds a member and resolves to its id. */
export async function addMember(
  server: TestServer,
  project: string | number,
  member: { username: string; role: RoleName },
): Promise<number> {
  const payload = { role_id: ROLE_IDS[member.role], member_user: { username: member.username } };
  const reply = await server.inject({
    method: 'POST',
    url: `${API}/projects/${project}/members`,
    as: 'admin',
    payload,
  });
  expect(reply.statusCode, reply.body).toBe(201);
  return Number(String(reply.headers.location).split('/').at(-1));
}

/** The code of the first error in the envelope. */
export function errorCode(reply: LightMyRequestResponse): string | undefined {
  return reply.json<{ errors: { code: string }[] }>().errors[0]?.code;
}

/** One request with what it must be answered: the rows of the tables in these tests. */
export interface Case {
  readonly says: string;
  readonly request: TestRequest;
  readonly status: number;
  readonly code?: string;
  readonly message?: RegExp;
}

export async function expectCase(
  server: TestServer,
  { request, status, code, message }: Case,
): Promise<void> {
  const reply = await server.inject(request);
  expect(reply.statusCode, reply.body).toBe(status);
  if (code !== undefined) expect(errorCode(reply)).toBe(code);
  if (message !== undefined)
    expect(reply.json<{ errors: { message: string }[] }>().errors[0]?.message).toMatch(message);
}
