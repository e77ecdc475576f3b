import { ConfigError, describeSettings, loadConfig } from '../config/load.ts';
import { DataFolderError } from '../db/sqlite.ts';
import { printsToFile, startServer, StartError, type RunningServer } from './serve.ts';

const HELP = `usage: berth serve [flags]

  Serves the registry, its API and its console until it gets SIGTERM or SIGINT.

${describeSettings()}

  BERTH_ADMIN_PASSWORD sets the first administrator's password on the first start.`;

/** Exit codes: 0 done, 1 could not start, 2 wrong words on the command line. */
export async function runCli(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command, ...args] = argv;
  if (command === undefined || command === 'help' || argv.includes('--help') || argv.includes('-h')) {
    console.log(HELP);
    return command === undefined ? 2 : 0;
  }
  try {
    switch (command) {
      case 'serve':
        return await serve(args, env);
      case 'sidecar':
        return await (await import('./sidecar-command.ts')).runSidecarCommand(env);
      default:
        console.error(`berth: there is no command "${command}": use serve`);
        return 2;
    }
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(`berth: ${error.message}`);
      return 2;
    }
    if (error instanceof StartError || error instanceof DataFolderError) {
      console.error(`berth: ${error.message}`);
      return 1;
    }
    throw error;
  }
}

async function serve(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig({ args, env });
  const stopAsked = waitForStop();
  const server = await startServer(config, {
    adminPassword: env.BERTH_ADMIN_PASSWORD === '' ? undefined : env.BERTH_ADMIN_PASSWORD,
    whenPasswordMissing: printsToFile() ? 'leave-unset' : 'generate',
  });
  await announce(server);
  await stopAsked;
  await server.close();
  return 0;
}

/** Tells the person at the terminal what they need, the password once, and then the one ready line. */
async function announce(server: RunningServer): Promise<void> {
  if (server.generatedPassword !== undefined) {
    console.log(`first sign-in: user admin, password ${server.generatedPassword} (shown only now)`);
  } else if (!(await server.context.isAdminPasswordSet())) {
    console.log(
      'no administrator password is set: start once with BERTH_ADMIN_PASSWORD=..., or from a terminal, to set one',
    );
  }
  console.log(`berth ready at ${server.origin}`);
}

/** Resolves at the first SIGTERM or SIGINT; from then on a second one ends the process as it is. */
function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
