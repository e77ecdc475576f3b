import { appendFile, cp, mkdir, mkdtemp, open, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '#test/support/berth.ts';
import { cleanEnv, eventually, start, type Running } from '#test/support/process.ts';

const ready = /^berth ready at (http:\/\/\S+)$/m;
let folder: string;
let running: Running[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-first-'));
  running = [];
});
afterEach(async () => {
  for (const server of running) await server.dispose();
  await rm(folder, { recursive: true, force: true });
});

const serveArguments = (root: string): string[] => [
  join(root, 'server/main.ts'),
  'serve',
  '--data',
  join(folder, 'data'),
  '--listen',
  '127.0.0.1:0',
];

async function serve(root: string, env: NodeJS.ProcessEnv): Promise<{ server: Running; origin: string }> {
  const server = await start(process.execPath, serveArguments(root), {
    cwd: root,
    env: cleanEnv(env),
    ready: (output) => ready.test(output),
  });
  running.push(server);
  return { server, origin: ready.exec(server.stdout())?.[1] ?? '' };
}

const noConsole = async (): Promise<NodeJS.ProcessEnv> => {
  await mkdir(join(folder, 'console'), { recursive: true });
  return { BERTH_CONSOLE_DIR: join(folder, 'console'), BERTH_LOG_LEVEL: 'debug' };
};

/** Every file in the data folder, as text, so that a password could be found in it. */
async function everythingWritten(): Promise<string> {
  const names = await readdir(join(folder, 'data'), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}

describe('the generated password', () => {
  it('is shown once on standard output, works, and is written nowhere', async () => {
    const env = await noConsole();
    const first = await serve(repositoryRoot, env);
    const [, password = ''] = /user admin, password (\S+) /.exec(first.server.stdout()) ?? [];
    expect(password).toMatch(/^\S{20}$/);
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    const reply = await fetch(`${first.origin}/api/v2.0/users/current`, { headers: { authorization } });
    expect(await reply.json()).toMatchObject({ username: 'admin', user_id: 1, sysadmin_flag: true });
    // Once on stdout; not on stderr, where the log goes.
    expect(first.server.output().split(password)).toHaveLength(2);
    expect(await everythingWritten()).not.toContain(password);
    await first.server.dispose();
    const second = await serve(repositoryRoot, env);
    expect(second.server.output()).not.toMatch(/password/);
  });

  it('is not made where standard output is a file', async () => {
    const log = await open(join(folder, 'log'), 'w');
    const child = spawn(process.execPath, serveArguments(repositoryRoot), {
      cwd: repositoryRoot,
      env: cleanEnv(await noConsole()),
      stdio: ['ignore', log.fd, log.fd],
    });
    const text = (): Promise<string> => readFile(join(folder, 'log'), 'utf8');
    await eventually('the ready line', async () => ready.test(await text()));
    expect(await text()).toMatch(/no administrator password is set: start once with BERTH_ADMIN_PASSWORD/);
    child.kill('SIGTERM');
    await once(child, 'exit');
    await log.close();
  });
});

describe('the console in a source tree', () => {
  it('is built by a child when it is missing or stale: the ready line does not wait, the first page does', async () => {
    const root = join(folder, 'tree');
    await mkdir(root);
    for (const name of [
      'server',
      'renderer',
      'build',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
    ]) {
      await cp(join(repositoryRoot, name), join(root, name), { recursive: true });
    }
    await symlink(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'), 'dir');
    const stamp = (): Promise<string> => readFile(join(root, 'dist/console/.stamp'), 'utf8').catch(() => '');

    const first = await serve(root, { BERTH_ADMIN_PASSWORD: 'Harbour-master-1' });
    expect(await stamp()).toBe('');
    const page = await fetch(`${first.origin}/`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="root">');
    const built = await stamp();
    expect(built).not.toBe('');
    await first.server.dispose();

    const again = await serve(root, {});
    expect((await fetch(`${again.origin}/`)).status).toBe(200);
    expect(await stamp()).toBe(built);
    await again.server.dispose();

    await appendFile(join(root, 'renderer/main.tsx'), '\n// Changed since.\n');
    const stale = await serve(root, {});
    expect((await fetch(`${stale.origin}/`)).status).toBe(200);
    expect(await stamp()).not.toBe(built);
  });
});
