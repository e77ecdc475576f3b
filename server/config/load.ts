import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Value from 'typebox/value';
import { HOURS } from '../lib/clock.ts';
import {
  ConfigSchema,
  DEFAULT_LIMITS,
  SETTINGS,
  type Config,
  type Limits,
  type SettingName,
} from './schema.ts';
import {
  ConfigError,
  DEFAULT_MIN_FREE,
  parseBoundedSize,
  parseCount,
  parseMinFree,
  parseProxies,
} from './values.ts';

export { ConfigError };

export interface ConfigSources {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
}

type Given = Partial<Record<SettingName, string>>;

const variableOf = (flag: string): string => `BERTH_${flag.toUpperCase().replaceAll('-', '_')}`;

/** Where the data lies when nobody says: the platform's folder for an application's own data. */
export function defaultDataDir(
  env: ConfigSources['env'],
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, 'berth');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Berth');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Berth', 'registry');
  return join(env.HOME ?? homedir(), '.local', 'share', 'berth');
}

function readFlags(args: readonly string[]): Given {
  try {
    const options = Object.fromEntries(SETTINGS.map(({ flag }) => [flag, { type: 'string' as const }]));
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values as Given;
  } catch (error) {
    const text = (error as Error).message.split('.')[0] ?? 'bad flags';
    throw new ConfigError(`${text.replace(/\s*\n.*$/s, '')}: run with --help to see the flags`);
  }
}

function readFile(path: string): Given {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`the config file ${path} cannot be read: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ConfigError(`the config file ${path} is not a JSON object`);
  }
  const known = new Set<string>(SETTINGS.map(({ flag }) => flag).filter((flag) => flag !== 'config'));
  const given: Record<string, string> = {};
  for (const [key, value] of Object.entries(parsed)) {
    if (!known.has(key)) throw new ConfigError(`the config file ${path} has an unknown name "${key}"`);
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new ConfigError(`the config file ${path}: "${key}" is not a text or a number`);
    }
    given[key] = String(value);
  }
  return given;
}

// Chromium refuses to open these, so a console there could not be reached (its list of restricted ports).
const BLOCKED_PORTS = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/** Splits `HOST:PORT` (IPv6 in brackets); throws a {@link ConfigError}. */
export function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65535) {
    throw new ConfigError(`--listen ${text}: write HOST:PORT, such as 127.0.0.1:5080 or [::]:5080`);
  }
  if (BLOCKED_PORTS.has(port))
    throw new ConfigError(`--listen ${text}: browsers refuse port ${port}, choose another`);
  return { host: match[1] ?? match[2] ?? '', port };
}

function readTls(given: Given): { tls?: { certFile: string; keyFile: string } } {
  const [certFile, keyFile] = [given['tls-cert'], given['tls-key']];
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || certFile === '')
    throw new ConfigError('--tls-key is given without --tls-cert: HTTPS needs both');
  if (keyFile === undefined || keyFile === '')
    throw new ConfigError('--tls-cert is given without --tls-key: HTTPS needs both');
  return { tls: { certFile: resolve(certFile), keyFile: resolve(keyFile) } };
}

function readLimits(given: Given): Limits {
  const count = (flag: SettingName, bounds: { min: number; max: number; default: number }): number => {
    const text = given[flag];
    return text === undefined ? bounds.default : parseCount(text, { flag, ...bounds });
  };
  const seconds = (flag: SettingName, defaultMs: number): number =>
    count(flag, { min: 1, max: 86_400, default: defaultMs / 1000 }) * 1000;
  const standard = DEFAULT_LIMITS;
  const uploads = { min: 1, max: 100_000 };
  const { 'max-header': header, 'max-connections': connections } = given;
  return {
    ...(connections === undefined
      ? {}
      : { maxConnections: parseCount(connections, { flag: 'max-connections', min: 1, max: 1_000_000 }) }),
    maxUploads: count('max-uploads', { ...uploads, default: standard.maxUploads }),
    maxUploadsPerAccount: count('max-uploads-per-account', {
      ...uploads,
      default: standard.maxUploadsPerAccount,
    }),
    maxHeaderBytes:
      header === undefined
        ? standard.maxHeaderBytes
        : parseBoundedSize(header, { flag: 'max-header', min: 8 * 2 ** 10, max: 2 ** 20 }),
    headerTimeoutMs: seconds('header-timeout', standard.headerTimeoutMs),
    idleTimeoutMs: seconds('idle-timeout', standard.idleTimeoutMs),
  };
}

/** Reads flags, then environment, then file, and checks the result. Touches nothing; throws {@link ConfigError}. */
export function loadConfig(sources: ConfigSources): Config {
  const flags = readFlags(sources.args);
  const env: Given = {};
  for (const { flag } of SETTINGS) {
    const value = sources.env[variableOf(flag)];
    if (value !== undefined && value !== '') env[flag] = value;
  }
  const path = flags.config ?? env.config;
  const given: Given = { ...(path === undefined ? {} : readFile(path)), ...env, ...flags };
  const listen = parseListen(given.listen ?? '127.0.0.1:5080');
  const hours = Number(given['upload-idle-hours'] ?? 24);
  if (!Number.isFinite(hours) || hours < 1 || hours > 8760) {
    throw new ConfigError('--upload-idle-hours: give a number of hours from 1 to 8760');
  }
  if (given['instance-name'] !== undefined && !/^\S(?:.{0,58}\S)?$/.test(given['instance-name'])) {
    throw new ConfigError('--instance-name: give a name of 1 to 60 characters');
  }
  if (given.data === '') throw new ConfigError('--data: name a folder');
  const config = {
    dataDir: resolve(given.data ?? defaultDataDir(sources.env, sources.platform)),
    ...listen,
    logLevel: given['log-level'] ?? 'warn',
    uploadIdleMs: Math.round(HOURS(hours)),
    ...readTls(given),
    trustedProxies: given['trusted-proxies'] === undefined ? [] : parseProxies(given['trusted-proxies']),
    minFree: given['min-free'] === undefined ? DEFAULT_MIN_FREE : parseMinFree(given['min-free']),
    limits: readLimits(given),
    ...(given['external-url'] === undefined ? {} : { externalUrl: given['external-url'].replace(/\/$/, '') }),
    ...(given['instance-name'] === undefined ? {} : { instanceName: given['instance-name'] }),
    ...(given['console-dir'] === undefined ? {} : { consoleDir: resolve(given['console-dir']) }),
  };
  if (!Value.Check(ConfigSchema, config)) {
    if (config.externalUrl !== undefined && !/^https?:\/\/[^/?#]+$/.test(config.externalUrl)) {
      throw new ConfigError(
        `--external-url ${config.externalUrl}: write a scheme and a host, such as https://registry.example`,
      );
    }
    throw new ConfigError(`--log-level ${config.logLevel}: choose silent, error, warn, info or debug`);
  }
  return config;
}

/** The text of `--help`. */
export function describeSettings(): string {
  const lines = SETTINGS.map(({ flag, placeholder, help }) => {
    const left = `  --${flag} ${placeholder}`;
    return `${left.padEnd(30)}${help} [${variableOf(flag)}]`;
  });
  return lines.join('\n');
}
