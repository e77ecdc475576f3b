import { connect, createServer, type Server, type Socket } from 'node:net';

/** Bytes that went over a line in each direction, of all its connections. */
export interface Carried {
  /** To the registry. */
  readonly up: number;
  /** From the registry. */
  readonly down: number;
}

/** A connection to a registry that counts what it carries and can break. */
export interface Line {
  /** At 127.0.0.1. Whoever connects speaks to the registry; CONNECT as to an HTTP proxy is understood as well. */
  readonly port: number;
  readonly carried: () => Carried;
  /** After so many more bytes in this direction, cuts the connection that carries them, once. */
  readonly breakOnce: (direction: keyof Carried, bytes: number) => Breakage;
  /** After so many more bytes up, cuts the connection that carries them when the reply comes, which is lost. Once. */
  readonly loseReplyOnce: (bytes: number) => Breakage;
  /** Lets new connections wait until what is given back is called: the registry is not there for a while. */
  readonly hold: () => () => void;
  readonly dispose: () => Promise<void>;
}

/** A fault that was ordered. */
export interface Breakage {
  readonly happened: () => boolean;
  /** Resolves when it happens. */
  readonly moment: Promise<void>;
}

interface Fault {
  readonly direction: keyof Carried;
  readonly losesReply: boolean;
  /** Bytes until it strikes. */
  left: number;
  /** The connection whose next reply is lost. */
  doomed?: Socket;
  readonly struck: () => void;
}

/**
 * Starts a line to a port of 127.0.0.1. As an HTTP proxy it leads every CONNECT there, whatever the name: so a
 * client reaches the registry by a name that no DNS knows, and checks its certificate as anywhere. (By a loopback
 * address docker and ctr would not: they take those for plain HTTP or check nothing.)
 */
export async function startLine(target: number): Promise<Line> {
  const carried = { up: 0, down: 0 };
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;
  let open = Promise.resolve();
  const strike = (): true => {
    fault?.struck();
    fault = undefined;
    return true;
  };
  /** Whether the fault that was ordered strikes this client, now that so many bytes are to be carried. */
  const strikes = (client: Socket, direction: keyof Carried, bytes: number): boolean => {
    if (fault === undefined) return false;
    if (direction === 'down' && fault.doomed === client) return strike();
    if (fault.direction !== direction || fault.left <= 0) return false;
    fault.left -= bytes;
    if (fault.left > 0) return false;
    if (!fault.losesReply) return strike();
    fault.doomed = client;
    return false;
  };
  const order = (direction: keyof Carried, left: number, losesReply: boolean): Breakage => {
    let happened = false;
    const moment = new Promise<void>((done) => {
      const struck = (): void => {
        happened = true;
        done();
      };
      fault = { direction, left, losesReply, struck };
    });
    return { happened: () => happened, moment };
  };
  const join = (client: Socket, first: Buffer): void => {
    const registry = connect(target, '127.0.0.1');
    sockets.add(registry);
    const cut = (): void => {
      client.destroy();
      registry.destroy();
    };
    const forward = (from: Socket, to: Socket, direction: keyof Carried) => (chunk: Buffer) => {
      if (strikes(client, direction, chunk.length)) return cut();
      carried[direction] += chunk.length;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    const up = forward(client, registry, 'up');
    client.on('data', up);
    registry.on('data', forward(registry, client, 'down'));
    client.on('end', () => registry.end());
    registry.on('end', () => client.end());
    for (const socket of [client, registry]) socket.on('error', cut).on('close', cut);
    registry.once('close', () => sockets.delete(registry));
    if (first.length > 0) up(first);
  };
  const server = createServer((client) => {
    sockets.add(client);
    client.once('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    client.once('data', (first: Buffer) => {
      const tunnel = first.toString('latin1', 0, 8).startsWith('CONNECT ');
      client.pause();
      void open.then(() => {
        if (tunnel) client.write('HTTP/1.1 200 Connected\r\n\r\n');
        join(client, tunnel ? first.subarray(first.indexOf('\r\n\r\n') + 4) : first);
        client.resume();
      });
    });
  });
  const port = await listen(server);
  return {
    port,
    carried: () => ({ ...carried }),
    breakOnce: (direction, bytes) => order(direction, bytes, false),
    loseReplyOnce: (bytes) => order('up', bytes, true),
    hold: () => {
      let release = (): void => {};
      open = new Promise((done) => (release = done));
      return release;
    },
    dispose: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
