import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Compiled code is kept between starts, which then take two thirds of the time. In a folder of this account's own, since
// whoever may write there can have code run; where it cannot be made, everything is compiled anew.
enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berth', 'compiled'));

const { runCli } = await import('./cli/run.ts');
process.exitCode = await runCli(process.argv.slice(2), process.env);
