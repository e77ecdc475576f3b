import { test as base, expect, type Page } from '@playwright/test';
import { defaultConsoleDir } from '#build/console.ts';
import { type Berth, startBerth } from '../support/berth.ts';
import { pushImage, type ImageSpec } from './push.ts';
import { type Complaint, type Fault, somethingChanges, watch } from './watch.ts';

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
    if (method !== 'GET') somethingChanges();
    const init: RequestInit = { method, headers: { authorization, 'content-type': 'application/json' } };
    if (body) init.body = JSON.stringify(body);
    const response = await fetch(`${berth.origin}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const push: Registry['push'] = async (spec) => {
    somethingChanges();
    return await pushImage({ origin: berth.origin, authorization }, spec);
  };
  return { ...berth, api, push };
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

export const test = base.extend<
  { allowed: readonly Fault[]; complaints: Complaint[] },
  { owner: string; registry: Registry }
>({
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
  // What pages of the test may be caught at, for tests that provoke it.
  allowed: [[], { option: true }],
  // A page that misbehaves fails the test that shows it, in windows of other people too.
  complaints: [
    async ({ browser, context, allowed }, use) => {
      const complaints: Complaint[] = [];
      await watch(context, complaints);
      const newContext = browser.newContext.bind(browser);
      browser.newContext = async (options) => {
        const other = await newContext(options);
        await watch(other, complaints);
        return other;
      };
      await use(complaints);
      browser.newContext = newContext;
      expect(complaints.filter(({ fault }) => !allowed.includes(fault))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
