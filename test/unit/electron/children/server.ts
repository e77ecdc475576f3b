/**
 * A stand-in for the registry's server: the real server side of the protocol (server/cli/sidecar.ts) over a web server
 * of one line. STAND_IN says how it misbehaves.
 */
import { createServer } from 'node:http';
import { runSidecar, type SidecarServer, type SidecarSettings } from '#server/cli/sidecar.ts';

const mood = process.env['STAND_IN'] ?? '';

async function start({ listen = '127.0.0.1:0', anyPort, dataDir }: SidecarSettings): Promise<SidecarServer> {
  if (mood === 'refuses')
    throw Object.assign(new Error('The data folder is newer than this Berth.'), { code: 'newer_data' });
  if (mood === 'crashes') process.exit(7);
  const [host = '', port = ''] = listen.split(':');
  const server = createServer((request, reply) => {
    if (request.url === '/crash') process.abort();
    reply.end(JSON.stringify({ dataDir, nodeOptions: process.env['NODE_OPTIONS'] ?? null }));
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(anyPort ? 0 : Number(port), host, listening);
  });
  const address = server.address();
  console.log('stand-in is listening');
  return {
    origin: `http://${host}:${typeof address === 'object' ? address?.port : 0}`,
    context: {
      sessions: {
        mint: ({ userId, via, maxAgeSeconds }) =>
          mood === 'mints nothing'
            ? Promise.reject(new Error('no such user'))
            : Promise.resolve({ value: `${via}-${userId}`, maxAgeSeconds }),
      },
    },
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

if (mood === 'says nothing') setInterval(() => {}, 1000);
else if (mood === 'ignores everything') {
  process.on('SIGTERM', () => console.log('SIGTERM ignored'));
  process.on('message', () => {});
  process.send?.({ type: 'hello', version: '0' });
  process.send?.({ type: 'ready', origin: 'http://127.0.0.1:1', portChanged: false });
} else if (mood === 'stops at SIGTERM only') {
  process.on('SIGTERM', () => process.exit(0));
  process.on('message', () => {});
  process.send?.({ type: 'hello', version: '0' });
  process.send?.({ type: 'ready', origin: 'http://0.0.0.0:1', portChanged: false });
} else process.exitCode = await runSidecar({ version: '0.0.0', start });
