import { join } from 'node:path';
import { attempt, cleanEnv } from '#test/support/process.ts';
import type { Target } from './targets.ts';

/** How a load generator is aimed. */
export interface Load {
  readonly paths: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly accept?: string;
}

async function headerArguments(target: Target, accept: string | undefined): Promise<string[]> {
  const authorization = await target.authorization();
  return [
    ...(accept === undefined ? [] : ['-H', `Accept: ${accept}`]),
    ...(authorization === undefined ? [] : ['-H', `Authorization: ${authorization}`]),
  ];
}

async function runTool(command: string, args: readonly string[], seconds: number): Promise<string> {
  const result = await attempt(command, args, { env: cleanEnv(), timeoutMs: (seconds + 30) * 1000 });
  if (result.code === 0) return result.stdout;
  throw new Error(`${command}: ${result.code ?? result.signal}\n${result.stdout}${result.stderr}`);
}

function numberIn(output: string, pattern: RegExp): number | undefined {
  const text = pattern.exec(output)?.[1];
  return text === undefined ? undefined : Number(text);
}

/** GET requests per second by wrk, one thread, the paths in turn; throws when any was refused or failed. */
export async function wrk(target: Target, load: Load): Promise<number> {
  const { connections, seconds } = load;
  const output = await runTool(
    'wrk',
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      ...(await headerArguments(target, load.accept)),
      ...(load.paths.length > 1 ? ['-s', join(import.meta.dirname, 'wrk-blobs.lua')] : []),
      `${target.origin}${load.paths[0] ?? ''}`,
      ...(load.paths.length > 1 ? ['--', ...load.paths] : []),
    ],
    seconds,
  );
  const rate = numberIn(output, /Requests\/sec:\s+([\d.]+)/);
  const bad = /Non-2xx or 3xx responses|Socket errors/.exec(output);
  if (rate === undefined || rate === 0 || bad) throw new Error(`${target.title}: wrk\n${output}`);
  return rate;
}

/** HEAD requests per second by ab with kept connections; throws when any was refused, failed or closed its connection. */
export async function ab(target: Target, load: Load): Promise<number> {
  const { connections, seconds, paths } = load;
  const output = await runTool(
    'ab',
    [
      '-q',
      '-k',
      '-i',
      '-c',
      String(connections),
      '-t',
      String(Math.ceil(seconds)),
      '-n',
      '2000000',
      ...(await headerArguments(target, load.accept)),
      `${target.origin}${paths[0] ?? ''}`,
    ],
    seconds,
  );
  const rate = numberIn(output, /Requests per second:\s+([\d.]+)/);
  const complete = numberIn(output, /Complete requests:\s+(\d+)/) ?? 0;
  const kept = numberIn(output, /Keep-Alive requests:\s+(\d+)/) ?? 0;
  const failed = numberIn(output, /Failed requests:\s+(\d+)/);
  const refused = numberIn(output, /Non-2xx responses:\s+(\d+)/) ?? 0;
  if (rate === undefined || complete === 0 || failed !== 0 || refused > 0 || kept < complete * 0.9)
    throw new Error(`${target.title}: ab\n${output}`);
  return rate;
}
