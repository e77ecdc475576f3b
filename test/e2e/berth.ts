import { test as base, expect, type Page } from '@playwright/test';
import { defaultConsoleDir } from '#build/console.ts';
import { type Berth, startBerth } from '../support/berth.ts';
import { pushImage, type ImageSpec } from './push.ts';
import { countCalls } from './watch.ts';

export const adminPassword = 'Harbour-master-1';
export const userPassword = 'Harbour-guest-1';

/** A real server with the real console, and what tests do to it without a browser. */
export interface Registry extends Berth {
  readonly api: (method: string, path: string, body?: object) => Promise<Response>;
  readonly push: (spec: ImageSpec) => Promise<string>;
}

/** Starts a server of its own on an empty data folder. The caller disposes of it. */
export async function startRegistry(): Promise<Registry> {
  const berth = await startBerth({
    adminPassword,
    env: { BERTH_CONSOLE_DIR: defaultConsoleDir, BERTH_INSTANCE_NAME: 'Studio' },
  });
  const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;
  const api: Registry['api'] = async (method, path, body) => {
    const init: RequestInit = { method, headers: { authorization, 'content-type': 'application/json' } };
    if (body) init.body = JSON.stringify(body);
    const response = await fetch(`${berth.origin}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  return { ...berth, api, push: (spec) => pushImage({ origin: berth.origin, authorization }, spec) };
}

export async function createUser(registry: Registry, username: string, realname = username): Promise<void> {
  const email = `${username}@example.com`;
  await registry.api('POST', '/api/v2.0/users', { username, realname, email, password: userPassword });
}

export async function createProject(registry: Registry, name: string, isPublic = false): Promise<void> {
  const metadata = { public: String(isPublic) };
  await registry.api('POST', '/api/v2.0/projects', { project_name: name, metadata });
}

/** Harbor's role ids. */
export const roles = { projectAdmin: 1, developer: 2, guest: 3, maintainer: 4, limitedGuest: 5 } as const;

export async function addMember(
  registry: Registry,
  project: string,
  member: { username: string; role: keyof typeof roles },
): Promise<void> {
  const body = { role_id: roles[member.role], member_user: { username: member.username } };
  await registry.api('POST', `/api/v2.0/projects/${project}/members`, body);
}

/** Signs in by the form, as a person does. */
export async function signIn(
  page: Page,
  registry: Registry,
  who?: { name: string; password: string },
): Promise<void> {
  const { name, password } = who ?? { name: 'admin', password: adminPassword };
  await page.goto(`${registry.origin}/login`);
  await page.getByLabel('User name').fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}

export const test = base.extend<{ complaints: string[] }, { owner: string; registry: Registry }>({
  // Each spec file names itself as the owner: another value starts another worker, with a registry of its own.
  owner: ['', { option: true, scope: 'worker' }],
  registry: [
    async ({ owner }, use) => {
      expect(owner, 'the spec must say test.use({ owner })').not.toBe('');
      const registry = await startRegistry();
      await use(registry);
      await registry.dispose();
    },
    { scope: 'worker' },
  ],
  // A page that breaks the content security policy or throws fails the test that shows it.
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      countCalls(page);
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (/content security policy|violates/i.test(message.text())) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
