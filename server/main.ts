import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

// glibc's malloc keeps for each of its many arenas what large blocks leave there: under mixed work the same server holds
// twice the memory. How it works is read from the environment before the first line here, so the process begins anew,
// once, as itself; who sets MALLOC_ARENA_MAX has chosen already.
const { env, execPath, execArgv, argv } = process;
if (process.platform === 'linux' && argv[2] === 'serve' && env.MALLOC_ARENA_MAX === undefined) {
  const settings = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };
  process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, ...settings });
}

// Compiled code is kept between starts, which then take two thirds of the time. In a folder of this account's own, since
// whoever may write there can have code run; where it cannot be made, everything is compiled anew.
const home = env.XDG_CACHE_HOME || (env.HOME ? join(homedir(), '.cache') : '');
if (isAbsolute(home)) enableCompileCache(join(home, 'berth', 'compiled'));

const { runCli } = await import('./cli/run.ts');
process.exitCode = await runCli(argv.slice(2), env);
