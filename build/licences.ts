/** What the product is made of besides its own sources, with the licences, for the console's page about itself. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const root = join(import.meta.dirname, '..');

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package names it. */
  readonly licence: string;
  /** Which of the texts is its own; null where the package carries none. */
  readonly text: number | null;
}

export interface Licences {
  readonly packages: readonly BundledPackage[];
  /** Each text once: many packages share one to the letter. */
  readonly texts: readonly string[];
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly license?: string | { readonly type?: string };
}

function licenceOf(locked: LockedPackage, manifest: Manifest): string {
  const told = typeof manifest.license === 'object' ? manifest.license.type : manifest.license;
  return told ?? locked.license ?? 'UNKNOWN';
}

/** Licence and notice files of a package, one after the other; empty where there are none. */
function readTexts(folder: string): string {
  return readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name) && !/\.(js|ts)$/i.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .toSorted()
    .map((path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
}

/**
 * The packages that a release holds, by name: what the lock file has besides tools and parts for other systems. Throws
 * when one of them is not installed.
 */
export function readLicences(): Licences {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const texts = new Map<string, number>();
  const packages = new Map<string, BundledPackage>();
  for (const [path, locked] of Object.entries(lock.packages)) {
    const folder = join(root, path);
    if (path === '' || locked.dev || locked.devOptional || locked.optional) continue;
    if (!existsSync(folder)) throw new Error(`${path} is not installed: run npm ci`);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const { version = '' } = locked;
    const text = readTexts(folder);
    if (text !== '' && !texts.has(text)) texts.set(text, texts.size);
    packages.set(`${manifest.name} ${version}`, {
      name: manifest.name,
      version,
      licence: licenceOf(locked, manifest),
      text: texts.get(text) ?? null,
    });
  }
  return {
    packages: [...packages.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    texts: [...texts.keys()],
  };
}

const publicName = 'virtual:licences';

/** Gives the console the module `virtual:licences`, whose `licences` are those of this build. */
export function licencesPlugin(): Plugin {
  return {
    name: 'berth-licences',
    resolveId: (id) => (id === publicName ? `\0${publicName}` : null),
    load: (id) =>
      id === `\0${publicName}` ? `export const licences = ${JSON.stringify(readLicences())};` : null,
  };
}
