import { isIP } from 'node:net';

/** A setting that cannot be used; its message is one sentence for the person who typed it. */
export class ConfigError extends Error {}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `2GiB`, `500MB`, `1.5 TiB` or `4096`; undefined when it is none of these. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i.exec(text.trim());
  const unit = UNIT_BYTES[(match?.[2] ?? '?').toLowerCase()];
  if (!match || unit === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Space of the volume that pushes leave free. */
export type MinFree =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | {
      readonly kind: 'percent';
      readonly percent: number;
      /** The share counts no further than this. */
      readonly atMostBytes?: number;
    };

export const DEFAULT_MIN_FREE: MinFree = { kind: 'percent', percent: 5, atMostBytes: 2 * 2 ** 30 };

/** `2GiB`, `500MB`, `10%` or `0`; throws {@link ConfigError}. */
export function parseMinFree(text: string): MinFree {
  const percent = /^(\d{1,2}(?:\.\d{1,3})?) ?%$/.exec(text.trim())?.[1];
  if (percent !== undefined) return { kind: 'percent', percent: Number(percent) };
  const bytes = parseSize(text);
  if (bytes === undefined)
    throw new ConfigError(
      `--min-free ${text}: give a size or a share below 100 %, such as 2GiB, 500MB or 5%, or 0 for none`,
    );
  return { kind: 'bytes', bytes };
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Addresses and networks, parted by commas; throws {@link ConfigError}. */
export function parseProxies(text: string): string[] {
  const networks = text.split(',').map((part) => part.trim());
  const wrong = networks.find((network) => !isNetwork(network));
  if (wrong !== undefined)
    throw new ConfigError(
      `--trusted-proxies ${text}: "${wrong}" is neither an address nor a network: write 10.0.0.0/8,fd00::/8`,
    );
  return networks;
}

interface Bounds {
  readonly flag: string;
  readonly min: number;
  readonly max: number;
}

/** A whole number within its bounds; throws {@link ConfigError}. */
export function parseCount(text: string, { flag, min, max }: Bounds): number {
  const count = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new ConfigError(`--${flag} ${text}: give a whole number from ${min} to ${max}`);
}

/** A size within its bounds, in bytes; throws {@link ConfigError}. */
export function parseBoundedSize(text: string, { flag, min, max }: Bounds): number {
  const bytes = parseSize(text) ?? Number.NaN;
  if (bytes >= min && bytes <= max) return bytes;
  throw new ConfigError(
    `--${flag} ${text}: give a size from ${formatSize(min)} to ${formatSize(max)}, such as ${formatSize(min * 2)}`,
  );
}

const formatSize = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${bytes / 2 ** 20}MiB` : `${bytes / 2 ** 10}KiB`;
