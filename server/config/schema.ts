import Type, { type Static } from 'typebox';

/** What one client may cost the others. Times in milliseconds, sizes in bytes. */
export const LimitsSchema = Type.Object(
  {
    /** Undefined: as many as the process may open files for. */
    maxConnections: Type.Optional(Type.Integer({ minimum: 1 })),
    maxUploads: Type.Integer({ minimum: 1 }),
    maxUploadsPerAccount: Type.Integer({ minimum: 1 }),
    maxHeaderBytes: Type.Integer({ minimum: 1 }),
    headerTimeoutMs: Type.Integer({ minimum: 1 }),
    idleTimeoutMs: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type Limits = Readonly<Static<typeof LimitsSchema>>;

export const DEFAULT_LIMITS: Limits = {
  maxUploads: 512,
  maxUploadsPerAccount: 256,
  maxHeaderBytes: 64 * 2 ** 10,
  headerTimeoutMs: 30_000,
  idleTimeoutMs: 5 * 60_000,
};

/** Every setting that a process starts with. Times in milliseconds, sizes in bytes. */
export const ConfigSchema = Type.Object(
  {
    dataDir: Type.String({ minLength: 1 }),
    host: Type.String({ minLength: 1 }),
    port: Type.Integer({ minimum: 0, maximum: 65535 }),
    externalUrl: Type.Optional(Type.String({ pattern: '^https?://[^/?#]+/?$' })),
    instanceName: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
    consoleDir: Type.Optional(Type.String({ minLength: 1 })),
    logLevel: Type.Union([
      Type.Literal('silent'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
    ]),
    uploadIdleMs: Type.Integer({ minimum: 60_000 }),
    tls: Type.Optional(
      Type.Object({ certFile: Type.String({ minLength: 1 }), keyFile: Type.String({ minLength: 1 }) }),
    ),
    /** Addresses and networks whose X-Forwarded headers are believed. */
    trustedProxies: Type.Array(Type.String()),
    minFree: Type.Union([
      Type.Object({ kind: Type.Literal('bytes'), bytes: Type.Integer({ minimum: 0 }) }),
      Type.Object({
        kind: Type.Literal('percent'),
        percent: Type.Number({ minimum: 0, exclusiveMaximum: 100 }),
        atMostBytes: Type.Optional(Type.Integer({ minimum: 0 })),
      }),
    ]),
    limits: LimitsSchema,
  },
  { additionalProperties: false },
);

export type Config = Readonly<Static<typeof ConfigSchema>>;

export interface Setting {
  /** Command line flag without dashes; the variable is BERTH_ and the flag in capitals. */
  readonly flag: string;
  readonly placeholder: string;
  readonly help: string;
}

/** The settings a person can give, in the order of `--help`. */
export const SETTINGS = [
  { flag: 'data', placeholder: 'DIR', help: 'folder for the database and the blobs' },
  { flag: 'listen', placeholder: 'HOST:PORT', help: 'address to serve at (default 127.0.0.1:5080)' },
  { flag: 'tls-cert', placeholder: 'FILE', help: 'certificate chain in PEM; with it HTTPS is served' },
  { flag: 'tls-key', placeholder: 'FILE', help: "the certificate's private key in PEM" },
  {
    flag: 'external-url',
    placeholder: 'URL',
    help: 'address that clients use, if it is not the one they connect to',
  },
  {
    flag: 'trusted-proxies',
    placeholder: 'CIDR,...',
    help: 'proxies whose X-Forwarded-Proto, -Host and -For are believed (default: none)',
  },
  {
    flag: 'instance-name',
    placeholder: 'NAME',
    help: 'how people tell this registry from others (default: the host name)',
  },
  { flag: 'console-dir', placeholder: 'DIR', help: 'folder of a built console (default: built on demand)' },
  { flag: 'log-level', placeholder: 'LEVEL', help: 'silent, error, warn, info or debug (default warn)' },
  {
    flag: 'upload-idle-hours',
    placeholder: 'N',
    help: 'drop an unfinished upload after N idle hours (default 24)',
  },
  {
    flag: 'min-free',
    placeholder: 'SIZE|N%',
    help: 'refuse pushes while the volume has less free space (default 5%, at most 2GiB; 0: never)',
  },
  {
    flag: 'max-connections',
    placeholder: 'N',
    help: 'connections at once (default: what the limit of open files allows, at most 10000)',
  },
  {
    flag: 'max-uploads',
    placeholder: 'N',
    help: 'requests that send a blob at once; more of them wait their turn (default 512)',
  },
  {
    flag: 'max-uploads-per-account',
    placeholder: 'N',
    help: 'the same for one account (default 256)',
  },
  { flag: 'max-header', placeholder: 'SIZE', help: 'largest head of a request (default 64KiB)' },
  {
    flag: 'header-timeout',
    placeholder: 'SECONDS',
    help: 'time to send the head of a request (default 30)',
  },
  {
    flag: 'idle-timeout',
    placeholder: 'SECONDS',
    help: 'close a connection on which nothing moves for so long (default 300)',
  },
  { flag: 'config', placeholder: 'FILE', help: 'JSON file with the same names as the flags' },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['flag'];
