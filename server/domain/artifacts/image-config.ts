import type { Digest } from '../../lib/digest.ts';
import type { BlobStorage } from '../../storage/port.ts';

/** A config larger than this is stored, but not looked into. */
const CONFIG_MAX_BYTES = 4 * 1024 * 1024;
/** Build steps beyond this are not shown. */
const MAX_HISTORY = 1000;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The config's JSON, as somebody pushed it: anything may be in it. Undefined when it is absent, large or no JSON. */
export async function readConfigJson(
  storage: BlobStorage,
  config: { digest: Digest; sizeBytes: number },
): Promise<unknown> {
  if (config.sizeBytes > CONFIG_MAX_BYTES) return undefined;
  if ((await storage.size(config.digest)) !== config.sizeBytes) return undefined;
  return parseJson(await readBytes(storage, config.digest));
}

/** All bytes of a blob, of which the caller knows that they are few. Throws `blob_unknown` where it is not here. */
export async function readBytes(storage: BlobStorage, digest: Digest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await storage.read(digest)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

/** A step of an image's history, by the names of the OCI image spec. */
export interface HistoryStep {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: true;
}

/** The history in a config's bytes, only what the specification knows; empty where there is none. */
export function readHistory(bytes: Buffer): HistoryStep[] {
  const json = parseJson(bytes);
  if (!isObject(json) || !Array.isArray(json.history)) return [];
  return json.history
    .slice(0, MAX_HISTORY)
    .filter(isObject)
    .map((step) => {
      const texts = (['created', 'created_by', 'author', 'comment'] as const).flatMap((name) => {
        const text = textOf(step[name]);
        return text === undefined ? [] : [[name, text] as const];
      });
      return { ...Object.fromEntries(texts), ...(step.empty_layer === true ? { empty_layer: true } : {}) };
    });
}

export interface BuildStep {
  readonly createdBy: string;
  readonly created: string | undefined;
  readonly emptyLayer: boolean;
}

/** What is shown of an image's config (OCI image spec, "Image Configuration"). */
export interface ImageConfig {
  readonly created: string | undefined;
  readonly architecture: string | undefined;
  readonly os: string | undefined;
  readonly author: string | undefined;
  readonly history: readonly BuildStep[];
}

export async function readImageConfig(
  storage: BlobStorage,
  config: { digest: Digest; sizeBytes: number },
): Promise<ImageConfig | undefined> {
  const json = await readConfigJson(storage, config);
  if (!isObject(json)) return undefined;
  const history = Array.isArray(json.history) ? json.history.slice(0, MAX_HISTORY).filter(isObject) : [];
  return {
    created: textOf(json.created),
    architecture: textOf(json.architecture),
    os: textOf(json.os),
    author: textOf(json.author),
    history: history.map((step) => ({
      createdBy: textOf(step.created_by) ?? textOf(step.comment) ?? '',
      created: textOf(step.created),
      emptyLayer: step.empty_layer === true,
    })),
  };
}
