import type { Berth } from './berth.ts';
import { ask, type Registry } from './registry-client.ts';

/** Harbor's numbers of the project roles. */
export const roles = { projectAdmin: 1, developer: 2, guest: 3, maintainer: 4, limitedGuest: 5 } as const;

/** The server as its administrator sees it. */
export function asAdmin(berth: Berth): Registry {
  return { origin: berth.origin, user: 'admin', password: berth.adminPassword };
}

/** Calls a REST operation with a JSON body as somebody; throws with the reply unless it succeeds. */
export async function call(as: Registry, method: string, path: string, body?: object): Promise<Response> {
  const reply = await ask(as, path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}

/** Makes a project; private unless said otherwise. */
export async function createProject(berth: Berth, name: string, isPublic = false): Promise<void> {
  const body = { project_name: name, metadata: { public: String(isPublic) } };
  await call(asAdmin(berth), 'POST', '/api/v2.0/projects', body);
}

/** Makes a user, with a role in a project if one is named; gives back the user as a caller. */
export async function createUser(
  berth: Berth,
  username: string,
  member?: { readonly project: string; readonly role: keyof typeof roles },
): Promise<Registry> {
  const password = 'Sailor-man-1';
  const admin = asAdmin(berth);
  const user = { username, password, email: `${username}@example.test`, realname: username, comment: '' };
  await call(admin, 'POST', '/api/v2.0/users', user);
  if (member) {
    const body = { role_id: roles[member.role], member_user: { username } };
    await call(admin, 'POST', `/api/v2.0/projects/${member.project}/members`, body);
  }
  return { origin: berth.origin, user: username, password };
}
