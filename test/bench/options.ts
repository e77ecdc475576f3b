import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { repositoryRoot } from '#test/support/berth.ts';

export interface BenchOptions {
  /** Rows by id; all where empty. */
  readonly only: readonly string[];
  /** Length of each timed load, in seconds. */
  readonly seconds: number;
  /** Measurements of a row per server; their median counts. */
  readonly runs: number;
  /** Servers beside Berth; by default each peer that is at hand. */
  readonly peers: readonly string[] | 'all';
  /** Where the result goes as JSON. */
  readonly json: string;
  /** Whether a 10 GiB layer is moved; `auto` does it where the disk has room. */
  readonly tenGib: boolean | 'auto';
}

export const USAGE = `npm run bench -- [options]
  --only ROW,ROW    only these rows (--only list names them all)
  --seconds N       length of each timed load, 5 by default
  --runs N          measurements of each row and server, 5 by default; their median counts
  --peers A,B       docker-registry, distribution, or none; by default those that are at hand
  --json FILE       where the result goes, test-results/bench.json by default
  --ten-gib, --no-ten-gib
                    move a layer of 10 GiB, or do not; by default where the disk has room`;

const list = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} is a number above 0, not ${text}`);
  return value;
}

/** Reads the command line; undefined when only the help is asked for. Throws one sentence for what cannot be read. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '5' },
      runs: { type: 'string', default: '5' },
      peers: { type: 'string' },
      json: { type: 'string', default: join(repositoryRoot, 'test-results', 'bench.json') },
      'ten-gib': { type: 'boolean' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    only: list(values.only),
    seconds: positive('seconds', values.seconds),
    runs: Math.ceil(positive('runs', values.runs)),
    peers: values.peers === undefined ? 'all' : list(values.peers).filter((name) => name !== 'none'),
    json: values.json,
    tenGib: values['ten-gib'] ?? 'auto',
  };
}
