/** A shell that starts the server given as its argument, prints the server's process id once it runs, and stays. */
import { Sidecar } from '#electron/sidecar.ts';

const sidecar = new Sidecar({
  node: process.execPath,
  args: [process.argv[2] ?? ''],
  init: () => ({ listen: '127.0.0.1:0', fallbackPort: true }),
  log: () => {},
  onState: (state) => {
    if (state.phase === 'running') process.stdout.write(`${sidecar.pid}\n`);
  },
});
sidecar.start();
