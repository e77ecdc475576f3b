import { loadConfig } from '../config/load.ts';
import { startServer } from './serve.ts';
import { runSidecar } from './sidecar.ts';
import { VERSION } from '../lib/version.ts';

/** `berth sidecar`: the server as the desktop shell's child. Settings come from the shell, then the environment. */
export function runSidecarCommand(env: NodeJS.ProcessEnv): Promise<number> {
  return runSidecar({
    version: VERSION,
    start(settings) {
      const args: string[] = [];
      if (settings.listen !== undefined) args.push('--listen', settings.listen);
      if (settings.dataDir !== undefined) args.push('--data', settings.dataDir);
      if (settings.consoleDir !== undefined) args.push('--console-dir', settings.consoleDir);
      // The shell's window trusts no certificate of ours, so its server speaks plain HTTP whatever `serve` is told.
      const { tls: _notHere, ...config } = loadConfig({ args, env });
      return startServer(settings.anyPort ? { ...config, port: 0 } : config, {
        adminPassword: env.BERTH_ADMIN_PASSWORD === '' ? undefined : env.BERTH_ADMIN_PASSWORD,
        whenPasswordMissing: 'leave-unset',
        desktop: true,
      });
    },
  });
}
