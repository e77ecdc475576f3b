import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'yaml';
import { AppError } from '../../lib/errors.ts';
import { readTar, type TarLimits } from '../../lib/tar.ts';

/** Helm's own limits of a chart (helm.sh/helm/v3 pkg/chart/loader): 100 MiB unpacked, 5 MiB a file. */
const LIMITS: TarLimits = {
  totalBytes: 100 * 1024 * 1024,
  fileBytes: 5 * 1024 * 1024,
  entries: 20_000,
};
/** YAML that is read here, in bytes: parsing is done on the event loop. */
const MAX_YAML_BYTES = 256 * 1024;
const MAX_DEPENDENCIES = 1_000;

/** Unpacked as it is read; how much of it comes is the reader's to bound. */
async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  // Storage uses its buffers again, and the streams between hold some.
  async function* copied() {
    for await (const chunk of packed) yield Buffer.from(chunk);
  }
  const unpacked = createGunzip();
  // What fails is told to the reader by the stream itself; whoever stops reading closes the source as well.
  pipeline(Readable.from(copied()), unpacked).catch(() => undefined);
  try {
    for await (const chunk of unpacked) yield chunk as Uint8Array;
  } catch (cause) {
    throw cause instanceof AppError
      ? cause
      : new AppError('unprocessable', 'the archive is no intact gzip', { cause });
  }
}

/**
 * Files of a Helm chart's archive, by the upper-case names that are asked for; those are of the chart itself, not of the
 * charts in its folder `charts/`. A name is missing where the chart has no such file. Throws `unprocessable` for what is no
 * archive or too large.
 */
export async function readChartFiles(
  packed: AsyncIterable<Uint8Array>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  // `name/values.yaml`: the chart's own folder is the first part of each path.
  const nameOf = (path: string): string => /^(?:\.\/)?[^/]+\/([^/]+)$/.exec(path)?.[1]?.toUpperCase() ?? '';
  const isWanted = (path: string): boolean => names.includes(nameOf(path));
  for await (const { name, bytes } of readTar(gunzip(packed), { limits: LIMITS, isWanted })) {
    files.set(nameOf(name), bytes);
    if (files.size === names.length) break;
  }
  return files;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readYaml(bytes: Buffer | undefined, name: string): Json {
  if (!bytes) return {};
  if (bytes.length > MAX_YAML_BYTES)
    throw new AppError('unprocessable', `${name} of the chart is larger than ${MAX_YAML_BYTES} bytes`);
  try {
    // Aliases that would unfold to very much are refused by the parser.
    const value = parse(bytes.toString(), { maxAliasCount: 100, logLevel: 'error' }) as unknown;
    return isObject(value) ? value : {};
  } catch (cause) {
    throw new AppError('unprocessable', `${name} of the chart is no YAML`, { cause });
  }
}

/** What a chart needs, as Harbor shows it (Helm's `Dependency`). */
export interface ChartDependency {
  readonly name: string;
  readonly version?: string;
  readonly repository: string;
  readonly condition?: string;
  readonly tags?: readonly string[];
  readonly alias?: string;
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

function readDependency(value: Json): ChartDependency {
  const [version, condition, alias] = [value.version, value.condition, value.alias].map(textOf);
  const tags = Array.isArray(value.tags) ? value.tags.map(textOf).filter((tag) => tag !== '') : [];
  return {
    name: textOf(value.name),
    ...(version ? { version } : {}),
    repository: textOf(value.repository),
    ...(condition ? { condition } : {}),
    ...(tags.length > 0 ? { tags } : {}),
    ...(alias ? { alias } : {}),
  };
}

/** The files that {@link readDependencies} reads. */
export const DEPENDENCY_FILES: readonly string[] = ['CHART.YAML', 'REQUIREMENTS.YAML'];

/** What the chart needs: charts of version v1 say it in requirements.yaml, others in Chart.yaml. */
export function readDependencies(files: ReadonlyMap<string, Buffer>): ChartDependency[] {
  const chart = readYaml(files.get('CHART.YAML'), 'Chart.yaml');
  const holder =
    chart.apiVersion === 'v2' ? chart : readYaml(files.get('REQUIREMENTS.YAML'), 'requirements.yaml');
  const list = Array.isArray(holder.dependencies) ? holder.dependencies : [];
  return list.slice(0, MAX_DEPENDENCIES).filter(isObject).map(readDependency);
}
