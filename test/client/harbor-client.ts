/** Makes a Go client from Harbor's contract by go-swagger, and builds the program that drives it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findGo, goCache, goToolPath, goTools } from '#build/go-tools.ts';
import { attempt, missingCommands, run, temporaryFolder, type RunResult } from '#test/support/process.ts';
import { toSwagger, type CompactContract } from './swagger.ts';

const here = import.meta.dirname;
const contractFile = join(here, '../fixtures/harbor-contract.json');
/** Pins every module of the client and its driver; the generated packages join it in the cache. */
const moduleFiles = ['go.mod', 'go.sum'] as const;
const storyFolder = join(here, 'story');

export interface HarborClient {
  /** The folder of the Go module: `client` and `models` generated. */
  readonly module: string;
  /** The Swagger 2.0 document that it was generated from. */
  readonly contract: string;
}

/** What this machine lacks to make the client, each as a word; none where all is there. */
export async function missingForClient(): Promise<readonly string[]> {
  if (findGo() === undefined) return ['go'];
  const commands = missingCommands('openssl');
  if (commands.length > 0) return commands;
  if (!existsSync(goToolPath(goTools.swagger))) return ['swagger, which node build/system-parts.ts builds'];
  const folder = await temporaryFolder();
  try {
    await copyModuleFiles(folder.path);
    // From the machine's cache of modules, or from the network where some are not there yet.
    const { code, stderr } = await go(['mod', 'download'], folder.path);
    return code === 0 ? [] : [`the modules of the client: ${stderr.trim().split('\n').at(-1) ?? ''}`];
  } finally {
    await folder.dispose();
  }
}

/** The client, made where it is not in the cache yet (half a minute). Throws with what the generator said. */
export async function makeHarborClient(): Promise<HarborClient> {
  const module = join(goCache, `harbor-client-${fingerprint()}`);
  const client = { module, contract: join(module, 'swagger.json') };
  if (existsSync(module)) return client;
  await mkdir(goCache, { recursive: true });
  // Made beside its place and moved there whole: an interrupted run leaves nothing that looks finished.
  const work = await mkdtemp(join(goCache, 'making-'));
  try {
    const contract = JSON.parse(readFileSync(contractFile, 'utf8')) as CompactContract;
    await writeFile(join(work, 'swagger.json'), `${JSON.stringify(toSwagger(contract), undefined, 1)}\n`);
    await copyModuleFiles(work);
    // Go tests a package in its folder; the files of this one stay in the repository.
    await mkdir(join(work, 'story'));
    const swagger = goToolPath(goTools.swagger);
    await run(swagger, ['validate', 'swagger.json'], { cwd: work });
    await run(swagger, ['generate', 'client', '--quiet', '--skip-validation', '-f', 'swagger.json'], {
      cwd: work,
    });
    await rename(work, module).catch((error: unknown) => {
      if (!existsSync(module)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return client;
}

/** Another contract, converter, module list or generator makes another client. */
function fingerprint(): string {
  const hash = createHash('sha256').update(goTools.swagger.source);
  const files = [contractFile, join(here, 'swagger.ts'), ...moduleFiles.map((name) => join(here, name))];
  for (const file of files) hash.update('\0').update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

async function copyModuleFiles(folder: string): Promise<void> {
  await Promise.all(moduleFiles.map((name) => copyFile(join(here, name), join(folder, name))));
}

/** The driver as Go sees it: package `story` of the client's module, its files read from this repository. */
export class StoryPackage {
  readonly #client: HarborClient;
  readonly #overlay: string;

  private constructor(client: HarborClient, overlay: string) {
    this.#client = client;
    this.#overlay = overlay;
  }

  /** Writes what Go needs to know into a folder of the caller's. */
  static async open(client: HarborClient, scratch: string): Promise<StoryPackage> {
    const files = readdirSync(storyFolder).filter((name) => name.endsWith('.go'));
    const places = files.map((name) => [join(client.module, 'story', name), join(storyFolder, name)]);
    const overlay = join(scratch, 'overlay.json');
    await writeFile(overlay, JSON.stringify({ Replace: Object.fromEntries(places) as unknown }));
    return new StoryPackage(client, overlay);
  }

  /** Builds the driver to a path; throws with what Go said. */
  async build(path: string): Promise<void> {
    await this.#must(['build', '-overlay', this.#overlay, '-o', path, './story']);
  }

  /** Runs the driver's own tests; throws with what they said. */
  async test(): Promise<void> {
    await this.#must(['test', '-overlay', this.#overlay, './story']);
  }

  async #must(args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await go(args, this.#client.module);
    if (code !== 0) throw new Error(`go ${args.join(' ')}:\n${stdout}${stderr}`);
  }
}

/** The files of the driver that gofmt would write otherwise. */
export async function unformatted(): Promise<readonly string[]> {
  const gofmt = join(dirname(findGo() ?? ''), 'gofmt');
  const listed = await run(gofmt, ['-l', storyFolder]);
  return listed.split('\n').filter((line) => line !== '');
}

function go(args: readonly string[], cwd: string): Promise<RunResult> {
  // Built in this machine's environment, which knows where modules come from; the module's folder is only read.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  return attempt(findGo() ?? 'go', args, { cwd, env, timeoutMs: 9 * 60_000 });
}
