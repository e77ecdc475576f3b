import Type, { type Static } from 'typebox';

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
  {
    flag: 'external-url',
    placeholder: 'URL',
    help: 'address that clients use, if it is not the one they connect to',
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
  { flag: 'config', placeholder: 'FILE', help: 'JSON file with the same names as the flags' },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]['flag'];
