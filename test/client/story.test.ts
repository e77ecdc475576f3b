/** A whole story of Berth's REST operations, told by a client that a generator made from Harbor's contract. */
import { readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { covers, readUnreachable } from '#test/architecture/harbor-surface-tables.ts';
import { startBerth } from '#test/support/berth.ts';
import { run, temporaryFolder } from '#test/support/process.ts';
import { makeAuthority } from '#test/support/tls.ts';
import { makeHarborClient, missingForClient, StoryPackage, unformatted } from './harbor-client.ts';
import type { CompactContract } from './swagger.ts';

interface Told {
  readonly chapters: readonly {
    readonly name: string;
    readonly calls: number;
    readonly problems: readonly string[];
  }[];
  /** How often each status came, by the operation's id. */
  readonly seen: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const here = import.meta.dirname;
const review = join(here, '../architecture');
const main = readFileSync(join(here, 'story/main.go'), 'utf8');
const chapters = [...main.matchAll(/^\t\{"([^"]+)", tell\w+\},$/gm)].map(([, name = '']) => name);
const missing = await missingForClient();

const env = { PATH: process.env['PATH'] };

/** Starts a server and lets the program tell its story to it. */
async function tell(program: string, contract: string): Promise<Told> {
  const berth = await startBerth();
  try {
    const args = ['-origin', berth.origin, '-contract', contract, '-review', review];
    const told = await run(program, args, { env: { ...env, STORY_PASSWORD: berth.adminPassword } });
    return JSON.parse(told) as Told;
  } finally {
    await berth.dispose();
  }
}

/** Only what a stranger may ask, over TLS: there alone is an authority whose certificate one can fetch. */
async function tellOverTls(program: string, contract: string): Promise<Told> {
  const authority = await makeAuthority();
  try {
    const { certificate, key } = await authority.issue('127.0.0.1');
    await appendFile(certificate, authority.pem);
    const berth = await startBerth({ args: ['--tls-cert', certificate, '--tls-key', key] });
    try {
      const args = ['-origin', berth.origin, '-contract', contract, '-review', review, '-only', 'a stranger'];
      return JSON.parse(await run(program, args, { env: { ...env, SSL_CERT_FILE: authority.file } })) as Told;
    } finally {
      await berth.dispose();
    }
  } finally {
    await authority.dispose();
  }
}

/** The ids of the contract's operations that this server has, by its own document, and that can succeed here. */
async function existing(): Promise<readonly string[]> {
  const berth = await startBerth();
  try {
    const reply = await fetch(`${berth.origin}/api/v2.0/openapi.json`);
    const document = (await reply.json()) as { paths: Record<string, object> };
    const ours = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => placeOf(method, path)),
    );
    const file = join(here, '../fixtures/harbor-contract.json');
    const { operations } = JSON.parse(readFileSync(file, 'utf8')) as CompactContract;
    const failing = readUnreachable().filter(({ status }) => status < 300);
    return operations
      .filter(({ method, path }) => ours.includes(placeOf(method, `/api/v2.0${path}`)))
      .filter(({ method, path }) => !failing.some((entry) => covers(entry, `${method} ${path}`)))
      .map(({ operationId }) => operationId);
  } finally {
    await berth.dispose();
  }
}

const placeOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`;

describe("a client generated from Harbor's contract", () => {
  if (missing.length > 0) {
    it.skip(`needs ${missing.join(', ')}`, () => {});
    return;
  }
  let scratch: Awaited<ReturnType<typeof temporaryFolder>> | undefined;
  let story: StoryPackage | undefined;
  let told: Told | undefined;
  let toldOverTls: Told | undefined;
  beforeAll(async () => {
    const client = await makeHarborClient();
    scratch = await temporaryFolder();
    story = await StoryPackage.open(client, scratch.path);
    const program = join(scratch.path, 'tell');
    await story.build(program);
    told = await tell(program, client.contract);
    toldOverTls = await tellOverTls(program, client.contract);
  });
  afterAll(() => scratch?.dispose());

  it('is driven by code that is formatted and tested', { timeout: 240_000 }, async () => {
    expect(await unformatted()).toEqual([]);
    await story?.test();
  });

  it.each(chapters)('tells of %s', (name) => {
    const chapter = told?.chapters.find((each) => each.name === name);
    expect(chapter?.problems).toEqual([]);
    expect(chapter?.calls).toBeGreaterThan(0);
  });

  it('tells of a stranger over TLS', () => {
    expect(toldOverTls?.chapters.map(({ problems }) => problems)).toEqual([[]]);
  });

  it('calls every operation that is here with success', async () => {
    const operations = await existing();
    expect(operations.length).toBeGreaterThan(20);
    const succeeded = (id: string): boolean =>
      [told, toldOverTls].some((each) =>
        Object.keys(each?.seen[id] ?? {}).some((status) => status.startsWith('2')),
      );
    const uncalled = operations.filter((id) => !succeeded(id));
    expect(uncalled).toEqual([]);
  });
});
