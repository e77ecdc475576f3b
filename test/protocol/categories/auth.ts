import { askToken, basic, readChallenge, tokenOf, type Challenge } from '../auth.ts';
import { randomContent } from '../content.ts';
import { expectError, expectHeader, expectStatus, jsonOf } from '../expect.ts';
import { Mismatch, need } from '../report.ts';
import type { Category, Suite } from '../suite.ts';

const none = `sha256:${'cd'.repeat(32)}`;
const PRIVATE_HOST = /^(localhost$|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)/;

/** The first challenge at /v2/; undefined for a registry that asks for no account. */
async function firstChallenge({ client }: Suite): Promise<Challenge | undefined> {
  const reply = await client.bare({ method: 'GET', path: '/v2/' });
  return reply.status === 401 ? readChallenge(reply) : undefined;
}

const withoutAccount = ({ client }: Suite): Promise<string | undefined> =>
  Promise.resolve(client.account ? undefined : 'no --user was given');

async function checkChallenges({ client, check, repo1, run }: Suite): Promise<void> {
  await check('auth/ping', 'GET /v2/ without an account is 401: clients learn the scheme here', async () => {
    const reply = await client.bare({ method: 'GET', path: '/v2/' });
    expectError(reply, 401, 'UNAUTHORIZED');
    readChallenge(reply);
  });
  await check(
    'auth/scheme-word',
    'neither “basic” nor “bearer” stands in realm or service: clients take the last such word',
    async () => {
      const reply = await client.bare({ method: 'GET', path: '/v2/' });
      const text = expectHeader(reply, 'www-authenticate', /./);
      const words = text.toLowerCase().match(/basic|bearer/g) ?? [];
      if (words.length !== 1) throw new Mismatch(`WWW-Authenticate ${text}`);
    },
  );
  await check(
    'auth/unknown-repository',
    'an unknown repository is 401 without an account, not 404',
    async () => {
      for (const path of [`manifests/x`, `blobs/${none}`, 'tags/list', `referrers/${none}`]) {
        const reply = await client.bare({ method: 'GET', path: `/v2/${repo1.name}-${run}/${path}` });
        expectError(reply, 401, 'UNAUTHORIZED');
      }
    },
  );
  await check('auth/garbage', 'a broken Authorization is 401 with a challenge', async () => {
    for (const authorization of ['Bearer x.y.z', 'Bearer', 'Basic !!!', 'Negotiate abc', 'x']) {
      const path = repo1.manifest('x');
      const reply = await client.bare({ method: 'GET', path, headers: { authorization } });
      expectError(reply, 401, 'UNAUTHORIZED');
      readChallenge(reply);
    }
  });
}

async function checkBasic({ client, check, repo1 }: Suite): Promise<void> {
  const account = need(client.account, 'account');
  await check('auth/basic', 'Basic is taken on /v2 itself', async () => {
    const headers = { authorization: basic(account) };
    expectStatus(await client.bare({ method: 'GET', path: '/v2/', headers }), 200);
    const reply = await client.bare({ method: 'POST', path: repo1.uploads, headers });
    expectStatus(reply, 202);
    const path = expectHeader(reply, 'location', /./);
    await client.bare({ method: 'DELETE', path: path.replace(client.transport.origin, ''), headers });
  });
  await check('auth/basic-wrong', 'Basic with a wrong password is 401 with a challenge', async () => {
    const headers = { authorization: basic({ ...account, password: `${account.password}x` }) };
    const reply = await client.bare({ method: 'GET', path: '/v2/', headers });
    expectError(reply, 401, 'UNAUTHORIZED');
    readChallenge(reply);
  });
}

export const auth: Category = {
  name: 'auth',
  leaveOut: withoutAccount,
  async run(suite) {
    await checkChallenges(suite);
    await checkBasic(suite);
  },
};

interface Scope {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly actions: string;
}

async function checkScopes({ client, check, repo1 }: Suite): Promise<void> {
  const scopes: readonly Scope[] = [
    { id: 'get', method: 'GET', path: repo1.manifest('x'), actions: 'pull' },
    { id: 'head', method: 'HEAD', path: repo1.blob(none), actions: 'pull' },
    { id: 'post', method: 'POST', path: repo1.uploads, actions: 'pull,push' },
    { id: 'put', method: 'PUT', path: repo1.manifest('x'), actions: 'pull,push' },
    { id: 'delete', method: 'DELETE', path: repo1.manifest('x'), actions: 'delete' },
    { id: 'cancel', method: 'DELETE', path: `${repo1.uploads}unknown`, actions: 'pull,push' },
  ];
  for (const { id, method, path, actions } of scopes) {
    await check(
      `token/scope-${id}`,
      `the challenge to it asks for ${actions} on the repository`,
      async () => {
        const reply = expectStatus(await client.bare({ method, path }), 401);
        const { scope = '' } = readChallenge(reply).parameters;
        const [type, name, given = ''] = scope.split(':');
        const all = given.split(',');
        if (
          type !== 'repository' ||
          name !== repo1.name ||
          !actions.split(',').every((one) => all.includes(one))
        )
          throw new Mismatch(`${method} ${path}: scope ${JSON.stringify(scope)}`);
      },
    );
  }
}

async function checkService(suite: Suite, challenge: Challenge): Promise<void> {
  const { client, check, repo1, repo2 } = suite;
  const { transport, account } = client;
  const pull = `repository:${repo1.name}:pull`;
  await check(
    'token/reply',
    'the token service answers token and access_token alike, expires_in and issued_at',
    async () => {
      const more = `account=${account?.user ?? ''}&client_id=docker&offline_token=true`;
      const reply = expectStatus(await askToken(transport, challenge, { account, scope: pull, more }), 200);
      const value = jsonOf(reply) as Record<string, unknown>;
      if (typeof value['token'] !== 'string' || value['token'] !== value['access_token'])
        throw new Mismatch('token and access_token differ');
      if (typeof value['expires_in'] !== 'number' || value['expires_in'] < 60)
        throw new Mismatch(`expires_in is ${String(value['expires_in'])}: at least 60 seconds`);
      const age = Date.now() - Date.parse(String(value['issued_at']));
      if (!(Math.abs(age) < 300_000)) throw new Mismatch(`issued_at is ${String(value['issued_at'])}`);
    },
  );
  await check(
    'token/anonymous',
    'without an account the token service gives an anonymous token',
    async () => {
      tokenOf(await askToken(transport, challenge, { scope: pull }));
    },
  );
  await check('token/wrong-password', 'a wrong password is 401, not an anonymous token', async () => {
    const wrong = { user: account?.user ?? '', password: 'not the password' };
    expectStatus(await askToken(transport, challenge, { account: wrong, scope: pull }), 401);
  });
  const both = [pull, `repository:${repo2.name}:pull,push`] as const;
  for (const [id, scope, more] of [
    ['spaces', both.join(' '), ''],
    ['repeated', both[0], `scope=${both[1]}`],
    ['merged', `${pull} ${both[1]}`, `scope=${pull},push&scope=repository:${repo2.name}:push,pull`],
    ['unknown-left-out', `registry:nothing:x repository:NO:pull ${both.join(' ')}`, 'scope=x'],
  ] as const) {
    await check(
      `token/scopes-${id}`,
      'one token for the scopes of two repositories works in both',
      async () => {
        const token = tokenOf(await askToken(transport, challenge, { account, scope, more }));
        const headers = { authorization: `Bearer ${token}` };
        const path = repo1.blob(none);
        expectStatus(await client.bare({ method: 'HEAD', path, headers }), 404);
        const upload = await client.bare({ method: 'POST', path: repo2.uploads, headers });
        expectStatus(upload, 202);
      },
    );
  }
}

/** POST as containerd asks (OAuth2 form). 404 and 405 send clients on to GET. */
async function checkForms({ client, check, repo1 }: Suite, challenge: Challenge): Promise<void> {
  const { transport, account } = client;
  const { realm = '', service = '' } = challenge.parameters;
  const form = (fields: Record<string, string>) =>
    transport.send({
      method: 'POST',
      path: realm,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(
        new URLSearchParams({ service, client_id: 'containerd-client', ...fields }).toString(),
      ),
    });
  const scope = `repository:${repo1.name}:pull,push`;
  const password = {
    grant_type: 'password',
    username: account?.user ?? '',
    password: account?.password ?? '',
  };
  await check(
    'token/post',
    'the token service takes the POST of containerd, or says 404 or 405',
    async () => {
      const reply = expectStatus(await form({ ...password, scope }), 200, 404, 405);
      if (reply.status !== 200) return;
      const { access_token: token } = jsonOf(reply) as { access_token?: string };
      const headers = { authorization: `Bearer ${need(token, 'access_token')}` };
      expectStatus(await client.bare({ method: 'POST', path: repo1.uploads, headers }), 202);
    },
  );
  await check(
    'token/refresh',
    'a refresh token, where one is asked for and given, buys a token',
    async () => {
      const first = await form({ ...password, scope, access_type: 'offline' });
      if (expectStatus(first, 200, 404, 405).status !== 200) return;
      const { refresh_token: refresh } = jsonOf(first) as { refresh_token?: string };
      if (refresh === undefined) throw new Mismatch('access_type=offline gave no refresh_token');
      const reply = await form({ grant_type: 'refresh_token', refresh_token: refresh, scope });
      const { access_token: token } = jsonOf(expectStatus(reply, 200)) as { access_token?: string };
      const headers = { authorization: `Bearer ${need(token, 'access_token')}` };
      expectStatus(await client.bare({ method: 'POST', path: repo1.uploads, headers }), 202);
    },
  );
  await check('token/refresh-wrong', 'a made-up refresh token is refused', async () => {
    const reply = await form({ grant_type: 'refresh_token', refresh_token: 'made-up', scope });
    expectStatus(reply, 400, 401, 404, 405);
  });
}

async function checkNarrow({ client, check, repo1, repo2 }: Suite, challenge: Challenge): Promise<void> {
  const { transport, account } = client;
  const tokenFor = async (scope: string): Promise<{ authorization: string }> => ({
    authorization: `Bearer ${tokenOf(await askToken(transport, challenge, { account, scope }))}`,
  });
  await check('token/narrow', 'a token for pulls cannot push, and only serves its repository', async () => {
    const headers = await tokenFor(`repository:${repo1.name}:pull`);
    expectStatus(await client.bare({ method: 'HEAD', path: repo1.blob(none), headers }), 404);
    expectStatus(await client.bare({ method: 'POST', path: repo1.uploads, headers }), 401, 403);
    expectStatus(await client.bare({ method: 'GET', path: repo2.tags(), headers }), 401, 403);
  });
  await check('token/cancel', 'a token for pushes cancels an upload', async () => {
    const headers = await tokenFor(`repository:${repo1.name}:pull,push`);
    const reply = await client.bare({ method: 'POST', path: repo1.uploads, headers });
    const path = expectHeader(expectStatus(reply, 202), 'location', /./);
    const cancel = { method: 'DELETE', path: path.replace(transport.origin, ''), headers };
    expectStatus(await client.bare(cancel), 204);
  });
  await check('token/mount', 'a token for pushes to one repository mounts from another', async () => {
    const blob = await repo2.push(randomContent(100));
    const headers = await tokenFor(`repository:${repo1.name}:pull,push`);
    const path = `${repo1.uploads}?mount=${blob.digest}&from=${repo2.name}`;
    expectStatus(await client.bare({ method: 'POST', path, headers }), 201);
  });
  await check(
    'token/realm',
    'a realm on a private host is where the client is, and none on http behind https',
    () => {
      // go-containerregistry refuses the others.
      const realm = new URL(challenge.parameters['realm'] ?? '');
      const isHome = realm.origin === transport.origin;
      if (!isHome && (PRIVATE_HOST.test(realm.hostname) || realm.protocol !== 'https:'))
        throw new Mismatch(`realm ${realm.href} for ${transport.origin}`);
      return Promise.resolve();
    },
  );
}

export const token: Category = {
  name: 'token',
  async leaveOut(suite) {
    const why = await withoutAccount(suite);
    if (why !== undefined) return why;
    const challenge = await firstChallenge(suite).catch(() => undefined);
    return challenge?.scheme === 'basic'
      ? 'the registry asks for Basic, so it has no token service'
      : undefined;
  },
  async run(suite) {
    const challenge = await suite.check(
      'token/challenge',
      'the challenge is Bearer with a service',
      async () => {
        const found = need(await firstChallenge(suite), 'challenge at /v2/');
        if (found.scheme !== 'bearer' || !found.parameters['service'])
          throw new Mismatch(JSON.stringify(found));
        return found;
      },
    );
    await checkScopes(suite);
    if (!challenge) return;
    await checkService(suite, challenge);
    await checkForms(suite, challenge);
    await checkNarrow(suite, challenge);
  },
};
