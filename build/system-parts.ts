/**
 * The system's own parts that the tests use: real container engines, directories, databases, a browser.
 *
 *   node build/system-parts.ts           installs what is missing (root on a Debian-like system), else names it
 *   node build/system-parts.ts --check   only names what is missing
 *
 * Clients that Debian does not package are built by Go (build/go-tools.ts), where Go is; Go itself is never installed,
 * since Debian's is older than they ask for.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findGo, goToolPath, goTools, makeGoTool, type GoTool } from './go-tools.ts';

/** A part that tests need: present when any of its commands, files or libraries is. */
export interface SystemPart {
  readonly name: string;
  readonly commands?: readonly string[];
  readonly files?: readonly string[];
  /** A shared library's file name, as the dynamic linker lists it. */
  readonly library?: string;
  /** Built from its sources; counts as missing only where Go is, since without it Go is what is missing. */
  readonly goTool?: GoTool;
  /** Debian's packages, by preference: the first that the system knows is taken. None: it is not installed. */
  readonly packages: readonly string[];
  /** What is left out without it. */
  readonly for: string;
}

const engines = 'integration: push and pull with a real client';
const desktop = 'desktop: the real Electron in a window';

export const systemParts: readonly SystemPart[] = [
  { name: 'dockerd', commands: ['dockerd'], packages: ['docker.io'], for: engines },
  { name: 'docker', commands: ['docker'], packages: ['docker.io', 'docker-cli'], for: engines },
  { name: 'containerd', commands: ['containerd'], packages: ['containerd'], for: engines },
  { name: 'ctr', commands: ['ctr'], packages: ['containerd'], for: engines },
  { name: 'runc', commands: ['runc'], packages: ['runc'], for: engines },
  { name: 'podman', commands: ['podman'], packages: ['podman'], for: engines },
  { name: 'skopeo', commands: ['skopeo'], packages: ['skopeo'], for: engines },
  {
    name: 'buildah',
    commands: ['buildah'],
    packages: ['buildah'],
    for: 'integration: push and pull with a real client, making the test images',
  },
  {
    name: 'go',
    commands: ['go'],
    files: ['/usr/local/go/bin/go'],
    packages: [],
    for: 'integration, client: crane, regctl and a generated client, which are built by Go 1.21 or newer',
  },
  { name: 'crane', goTool: goTools.crane, packages: [], for: engines },
  { name: 'regctl', goTool: goTools.regctl, packages: [], for: engines },
  {
    name: 'swagger',
    goTool: goTools.swagger,
    packages: [],
    for: "client: a client made from Harbor's contract by a generator",
  },
  {
    name: 'openssl',
    commands: ['openssl'],
    packages: ['openssl'],
    for: 'integration: clients over TLS with an authority of our own',
  },
  {
    name: 'debootstrap',
    commands: ['debootstrap'],
    packages: ['debootstrap'],
    for: 'integration: making the test images',
  },
  {
    name: 'docker-registry',
    commands: ['docker-registry'],
    packages: ['docker-registry'],
    for: 'integration: another registry as a peer',
  },
  {
    name: 'htpasswd',
    commands: ['htpasswd'],
    packages: ['apache2-utils'],
    for: 'integration: another registry as a peer',
  },
  { name: 'wrk', commands: ['wrk'], packages: ['wrk'], for: 'npm run bench' },
  { name: 'ab', commands: ['ab'], packages: ['apache2-utils'], for: 'npm run bench' },
  {
    name: 'strace',
    commands: ['strace'],
    packages: ['strace'],
    for: 'integration: durable before acknowledged',
  },
  { name: 'slapd', commands: ['slapd'], packages: ['slapd'], for: 'integration: directories' },
  { name: 'ldapsearch', commands: ['ldapsearch'], packages: ['ldap-utils'], for: 'integration: directories' },
  {
    name: 'postgresql',
    commands: ['postgres'],
    files: debianPostgres(),
    packages: ['postgresql'],
    for: 'contract and api: the database on PostgreSQL',
  },
  {
    name: 'chromium',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium'],
    for: 'e2e: the console in a browser',
  },
  {
    name: 'firefox',
    commands: ['firefox-esr', 'firefox'],
    packages: ['firefox-esr', 'firefox'],
    for: 'e2e: one journey in a second browser',
  },
  {
    name: 'CJK fonts',
    files: ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'],
    packages: ['fonts-noto-cjk'],
    for: 'e2e, desktop: Chinese in screenshots',
  },
  { name: 'xvfb', commands: ['Xvfb'], packages: ['xvfb'], for: desktop },
  { name: 'xauth', commands: ['xauth'], packages: ['xauth'], for: desktop },
  { name: 'unzip', commands: ['unzip'], packages: ['unzip'], for: desktop },
  {
    name: 'gnome-keyring',
    commands: ['gnome-keyring-daemon'],
    packages: ['gnome-keyring'],
    for: 'desktop: the keychain',
  },
  {
    name: 'dbus',
    commands: ['dbus-run-session'],
    packages: ['dbus-daemon', 'dbus'],
    for: 'desktop: the keychain',
  },
  {
    name: 'libsecret',
    library: 'libsecret-1.so.0',
    packages: ['libsecret-1-0'],
    for: 'desktop: the keychain',
  },
  { name: 'GTK', library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'], for: desktop },
  { name: 'NSS', library: 'libnss3.so', packages: ['libnss3'], for: desktop },
  { name: 'ALSA', library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'], for: desktop },
  { name: 'GBM', library: 'libgbm.so.1', packages: ['libgbm1'], for: desktop },
  { name: 'XScreenSaver', library: 'libXss.so.1', packages: ['libxss1'], for: desktop },
  { name: 'XTest', library: 'libXtst.so.6', packages: ['libxtst6'], for: desktop },
];

const policy = '/usr/sbin/policy-rc.d';
const runFile = promisify(execFile);

/** The parts that this system lacks now. */
export function findMissingParts(): readonly SystemPart[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const libraries = listLibraries();
  return systemParts.filter(({ commands = [], files = [], library, goTool }) => {
    if (goTool) return findGo() !== undefined && !existsSync(goToolPath(goTool));
    const hasCommand = commands.some((command) =>
      folders.some((folder) => existsSync(join(folder, command))),
    );
    return (
      !hasCommand && !files.some((file) => existsSync(file)) && !(library && libraries.includes(library))
    );
  });
}

/** Whether this process may install packages here. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Builds and installs what is missing, where it may; gives back what is missing after that. Starts no service. */
export async function provideParts(say: (line: string) => void): Promise<readonly SystemPart[]> {
  const missing = findMissingParts();
  for (const { name, goTool } of missing) {
    if (!goTool) continue;
    say(`building ${name} (once, up to a minute)`);
    await makeGoTool(goTool).catch((error: unknown) => say(`${name} could not be built: ${lastLine(error)}`));
  }
  const packaged = missing.filter(({ packages }) => packages.length > 0);
  if (packaged.length > 0 && canInstall()) await installPackages(packaged, say);
  return findMissingParts();
}

async function installPackages(missing: readonly SystemPart[], say: (line: string) => void): Promise<void> {
  say(`installing ${missing.map((part) => part.name).join(', ')} (a few minutes at most)`);
  const restore = refuseServiceStarts();
  process.once('exit', restore);
  try {
    await apt(['update']);
    const names = [...new Set(await Promise.all(missing.map((part) => knownPackage(part.packages))))];
    try {
      await apt(['install', '--no-install-recommends', ...names]);
    } catch {
      // One package that this system has not must not keep the others away.
      for (const name of names) {
        await apt(['install', '--no-install-recommends', name]).catch(() =>
          say(`${name} could not be installed`),
        );
      }
    }
  } catch (error) {
    say(`apt-get failed: ${lastLine(error)}`);
  } finally {
    restore();
    process.off('exit', restore);
  }
}

const lastLine = (error: unknown): string =>
  error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);

async function apt(args: readonly string[]): Promise<void> {
  const quiet = ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Options::=--force-confold'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' };
  await runFile('apt-get', [...quiet, ...args], { env, maxBuffer: 64 << 20 });
}

async function knownPackage(candidates: readonly string[]): Promise<string> {
  for (const name of candidates) {
    const { stdout } = await runFile('apt-cache', ['policy', name]).catch(() => ({ stdout: '' }));
    if (/Candidate: (?!\(none\))/.test(stdout)) return name;
  }
  return candidates.at(-1) ?? '';
}

/** Debian asks this file before it starts a service that was just installed. Gives back what undoes it. */
function refuseServiceStarts(): () => void {
  if (existsSync(policy)) {
    // Somebody decides already; only a policy of our own may be removed later.
    return () => {};
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}

function debianPostgres(): readonly string[] {
  return Array.from({ length: 12 }, (_, index) => `/usr/lib/postgresql/${13 + index}/bin/postgres`);
}

function listLibraries(): string {
  const listed = spawnSync('ldconfig', ['-p'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  return listed.status === 0 ? listed.stdout : '';
}

/** Whether the system is one where parts come from; used in the sentence that names what is missing. */
function systemName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

/** One line for each missing part: what is left out without it, and the package that brings it, if one does. */
export function describeMissing(missing: readonly SystemPart[]): readonly string[] {
  return missing.map(
    ({ name, for: use, packages }) =>
      `missing: ${name} (Debian: ${packages.at(-1) ?? 'none that would do'}); left out: ${use}`,
  );
}

if (import.meta.main) {
  const say = (line: string): void => console.log(line);
  const missing = process.argv.includes('--check') ? findMissingParts() : await provideParts(say);
  for (const line of describeMissing(missing)) say(line);
  if (missing.length > 0)
    say(`${missing.length} of ${systemParts.length} system parts are not on this ${systemName()}`);
  if (missing.length > 0 && process.env['CI']) process.exitCode = 1;
}
