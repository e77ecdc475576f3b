import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe } from 'vitest';
import { startBerth } from '#test/support/berth.ts';
import { asAdmin, createProject, createUser } from '#test/support/berth-setup.ts';
import { clientKinds, type Client, type ClientKind, type Reach } from '#test/support/clients.ts';
import { makeBallastImage, makeMultiPlatformImage, type TestImage } from '#test/support/image.ts';
import { startLine } from '#test/support/line.ts';
import { missingCommands } from '#test/support/process.ts';
import { makeAuthority } from '#test/support/tls.ts';
import { defineAccess } from './clients-access.ts';
import { defineFaults } from './clients-faults.ts';
import { ballastBytes, type Ground, type Seat, type Transport } from './clients-seat.ts';
import { defineTransfer } from './clients-transfer.ts';

/** The registry's name over TLS. No DNS knows it (RFC 6761): the line leads there. */
const tlsName = 'registry.berth.test';
/** Another name of it, for which no client is told whom to trust. */
const strangeName = 'stranger.berth.test';

async function prepare(transport: Transport): Promise<Ground> {
  const authority = transport === 'tls' ? await makeAuthority() : undefined;
  const args: string[] = [];
  if (authority) {
    const files = await authority.issue('localhost', '127.0.0.1', tlsName, strangeName);
    args.push('--tls-cert', files.certificate, '--tls-key', files.key);
    // What this process reads of the server itself.
    setDefaultCACertificates([...getCACertificates('default'), authority.pem]);
  }
  const berth = await startBerth({ args });
  const port = Number(new URL(berth.origin).port);
  const line = await startLine(port);
  const proxy = `http://127.0.0.1:${line.port}`;
  const reach: Reach = authority
    ? { host: `${tlsName}:${port}`, tls: { authority: authority.file, proxy } }
    : { host: `127.0.0.1:${line.port}` };
  await createProject(berth, 'harbour');
  return {
    berth,
    line,
    reach,
    distrusted: { host: `${strangeName}:${port}`, tls: { proxy } },
    developer: await createUser(berth, 'developer', { project: 'harbour', role: 'developer' }),
    guest: await createUser(berth, 'guest', { project: 'harbour', role: 'guest' }),
    dispose: async () => {
      await line.dispose();
      await berth.dispose();
      await authority?.dispose();
    },
  };
}

/** The table: what each client can do, tried over plain HTTP or over TLS. What it has no command for, its title says. */
export function describeClients(transport: Transport): void {
  let ground: Ground | undefined;
  const theGround = (): Ground => {
    if (!ground) throw new Error('there is no server yet');
    return ground;
  };
  beforeAll(async () => {
    ground = await prepare(transport);
  });
  afterAll(async () => {
    await ground?.dispose();
  });
  describe.each(clientKinds)(`$name over ${transport}`, (kind) => {
    const missing = [
      ...kind.missing(),
      // The images are made by the latter.
      ...missingCommands('buildah', 'debootstrap', ...(transport === 'tls' ? ['openssl'] : [])),
    ];
    const absent = Object.entries(kind.cannot).map(([operation, reason]) => `no ${operation}: ${reason}`);
    const title = missing.length > 0 ? `needs ${missing.join(', ')}` : ['does', ...absent].join('; ');
    describe.skipIf(missing.length > 0)(title, () => {
      const seat = takeSeat(kind, transport, theGround);
      defineAccess(seat);
      defineTransfer(seat);
      defineFaults(seat);
    });
  });
}

function takeSeat(kind: ClientKind, transport: Transport, ground: () => Ground): Seat {
  let image: (TestImage & { readonly dispose: () => Promise<void> }) | undefined;
  let small: TestImage | undefined;
  let client: Client | undefined;
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error(`${kind.name} is not set up yet`);
    return value;
  };
  beforeAll(async () => {
    image = await makeBallastImage(ballastBytes);
    small = await makeMultiPlatformImage();
    client = await kind.open(ground().reach);
  });
  afterAll(async () => {
    await client?.dispose();
    await image?.dispose();
  });
  return {
    kind,
    transport,
    ground,
    client: () => present(client),
    image: () => present(image),
    small: () => present(small),
    admin: () => asAdmin(ground().berth),
    repository: (name) => `harbour/${kind.name}/${name}`,
    nameOf: (repository, tag = '1.0') => `${ground().reach.host}/${repository}:${tag}`,
    login: (who, into = present(client)) => into.login(who.user ?? '', who.password ?? ''),
    withSecondStore: async (use) => {
      const second = await kind.open(ground().reach);
      try {
        await use(second);
      } finally {
        await second.dispose();
      }
    },
    measure: async (work) => {
      const before = ground().line.carried();
      const result = await work();
      const after = ground().line.carried();
      return { result, carried: { up: after.up - before.up, down: after.down - before.down } };
    },
  };
}
