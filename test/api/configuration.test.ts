import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ANONYMOUS } from '#server/access/principal.ts';
import { createConfiguration } from '#server/domain/configuration/index.ts';
import type { DomainEvent } from '#server/events/catalogue.ts';
import type { Outbox } from '#server/events/outbox.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';
import { addUser, API, expectCase, type Case, type Person } from './people.ts';

const URL = `${API}/configurations`;

interface Item {
  readonly value: unknown;
  readonly editable: boolean;
}

interface ContractSchema {
  readonly type?: string;
  readonly $ref?: string;
}

const contract = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/harbor-contract.json'), 'utf8'),
) as { definitions: Record<string, { properties: Record<string, ContractSchema> }> };

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());
afterEach(async () => {
  // Back to what holds from the start, so that the tests do not depend on their order.
  const reply = await put(server, {
    read_only: false,
    self_registration: false,
    project_creation_restriction: 'everyone',
    token_expiration: 30,
    session_timeout: 60,
    banner_message: '',
    disabled_audit_log_event_types: '',
  });
  expect(reply.statusCode, reply.body).toBe(200);
});

const put = (at: TestServer, payload: object, as: 'admin' | Credentials = 'admin') =>
  at.inject({ method: 'PUT', url: URL, as, payload });

async function get(at: TestServer = server): Promise<Record<string, Item>> {
  const reply = await at.inject({ url: URL, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
  const { scan_all_policy: _policy, ...items } = reply.json<Record<string, Item>>();
  return items;
}

const valuesOf = (items: Record<string, Item>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(items).map(([key, { value }]) => [key, value]));

const auditRows = () =>
  server.context.db.read
    .selectFrom('audit_log')
    .selectAll()
    .where('resource_type', '=', 'configuration')
    .orderBy('id')
    .execute();

describe('GET /configurations', () => {
  it('lists every key of the contract with its value and whether it can be changed, and no secret', async () => {
    const reply = await server.inject({ url: URL, as: 'admin' });
    const items = reply.json<Record<string, Item>>();
    const keys = Object.keys(contract.definitions['ConfigurationsResponse']?.properties ?? {});
    expect(keys.length).toBeGreaterThan(50);
    expect(Object.keys(items).toSorted()).toEqual(
      keys.filter((key) => key !== 'uaa_client_secret').toSorted(),
    );
    expect(Object.keys(items).filter((key) => /password|secret/.test(key))).toEqual([]);
    expect(items['scan_all_policy']).toEqual({ type: 'none', parameter: { daily_time: 0 } });
    const types = { string: 'StringConfigItem', number: 'IntegerConfigItem', boolean: 'BoolConfigItem' };
    for (const [key, { value, editable }] of Object.entries(await get())) {
      expect(typeof editable, key).toBe('boolean');
      const expected = contract.definitions['ConfigurationsResponse']?.properties[key]?.$ref;
      expect(`#/definitions/${types[typeof value as keyof typeof types]}`, key).toBe(expected);
    }
  });

  it('starts with the values of Harbor, and lets what has an effect be changed', async () => {
    const items = await get();
    expect(valuesOf(items)).toMatchObject({
      auth_mode: 'db_auth',
      primary_auth_mode: false,
      project_creation_restriction: 'everyone',
      read_only: false,
      self_registration: false,
      token_expiration: 30,
      session_timeout: 60,
      robot_token_duration: 30,
      robot_name_prefix: 'robot$',
      notification_enable: true,
      quota_per_project_enable: true,
      storage_per_project: -1,
      ldap_uid: 'cn',
      ldap_scope: 2,
      ldap_timeout: 5,
      ldap_verify_cert: true,
      ldap_group_membership_attribute: 'memberof',
      ldap_group_search_scope: 2,
    });
    expect(
      Object.keys(items)
        .filter((key) => items[key]?.editable === true)
        .toSorted(),
    ).toEqual([
      'banner_message',
      'disabled_audit_log_event_types',
      'project_creation_restriction',
      'read_only',
      'self_registration',
      'session_timeout',
      'token_expiration',
    ]);
  });
});

describe('PUT /configurations', () => {
  it('takes back all that GET gave: Terraform and the portal send everything', async () => {
    const before = await get();
    const reply = await server.inject({ url: URL, as: 'admin' });
    const whole = Object.fromEntries(
      Object.entries(reply.json<Record<string, Item | object>>()).map(([key, item]) => [
        key,
        'editable' in item ? item.value : item,
      ]),
    );
    const rows = (await auditRows()).length;
    const back = await put(server, whole);
    expect(back.statusCode, back.body).toBe(200);
    expect(back.body).toBe('');
    expect(await get()).toEqual(before);
    // Nothing was changed, so nothing is told.
    expect((await auditRows()).length).toBe(rows);
  });

  it('takes the body of the Terraform provider', async () => {
    const reply = await put(server, {
      project_creation_restriction: 'adminonly',
      read_only: false,
      robot_token_duration: 30,
      robot_name_prefix: 'robot$',
      storage_per_project: -1,
      scanner_skip_update_pulltime: false,
      email_ssl: false,
      email_insecure: false,
      scan_all_policy: {},
      ldap_search_password: '',
    });
    expect(reply.statusCode, reply.body).toBe(200);
    expect((await get())['project_creation_restriction']?.value).toBe('adminonly');
  });

  it('changes what was sent, at once and nothing else', async () => {
    const before = valuesOf(await get());
    const changes = {
      token_expiration: 5,
      session_timeout: 15,
      banner_message:
        '{"message":"Grüße <b>&\\" 🚢","type":"info","closable":true,"fromDate":"","toDate":""}',
      disabled_audit_log_event_types: 'pull_artifact',
      self_registration: true,
    };
    const reply = await put(server, { ...changes, read_only: null });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(valuesOf(await get())).toEqual({ ...before, ...changes });
    expect(server.context.configuration.current()).toEqual({
      selfRegistration: true,
      projectCreationRestriction: 'everyone',
      readOnly: false,
      tokenExpirationMinutes: 5,
      sessionTimeoutMinutes: 15,
      bannerMessage: changes.banner_message,
      disabledAuditEventTypes: ['pull_artifact'],
    });
  });

  it('writes who changed what, with before and after, and an event', async () => {
    const reply = await put(server, { token_expiration: 45, read_only: false });
    expect(reply.statusCode, reply.body).toBe(200);
    const row = (await auditRows()).at(-1);
    expect(row).toMatchObject({
      username: 'admin',
      operation: 'update',
      resource: 'token_expiration',
      succeeded: 1,
    });
    expect(JSON.stringify(row)).toMatch(/token_expiration\\*":30/);
    expect(JSON.stringify(row)).toMatch(/token_expiration\\*":45/);
    const event = await server.context.db.read
      .selectFrom('event')
      .selectAll()
      .where('kind', '=', 'configuration.changed')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(event.payload)).toEqual({ keys: ['token_expiration'] });
  });

  const refusals: readonly Case[] = [
    ['a value of a key that cannot be changed', { auth_mode: 'ldap_auth' }, 400, /auth_mode/],
    ['a number of such a key', { storage_per_project: 1000 }, 400, /storage_per_project/],
    ['a flag of such a key', { notification_enable: false }, 400, /notification_enable/],
    ['a secret', { oidc_client_secret: 'hush' }, 400, /oidc_client_secret/],
    ['a key that does not exist', { read_onyl: true }, 400, /read_onyl/],
    ['a token that ends at once', { token_expiration: 0 }, 400, /token_expiration/],
    ['a token that never ends', { token_expiration: 1_000_000 }, 400, /token_expiration/],
    ['a session that ends at once', { session_timeout: -1 }, 400, /session_timeout/],
    ['another word', { project_creation_restriction: 'some' }, 400, /project_creation_restriction/],
    ['a banner that is no JSON', { banner_message: 'Hello' }, 400, /banner_message/],
    ['an event type that does not exist', { disabled_audit_log_event_types: 'all' }, 400, /"all"/],
    ['a text in place of a flag', { read_only: 'true' }, 422, /read_only/],
    ['a text in place of a number', { token_expiration: '30' }, 422, /token_expiration/],
    ['half a minute', { session_timeout: 0.5 }, 422, /session_timeout/],
    ['an object in place of a text', { banner_message: { message: 'x' } }, 422, /banner_message/],
    ['no object', ['read_only'], 422, /body/],
  ].map(([says, payload, status, message]) => ({
    says: says as string,
    request: { method: 'PUT', url: URL, as: 'admin', payload: payload as object },
    status: status as number,
    code: status === 400 ? 'BAD_REQUEST' : 'UNPROCESSABLE_ENTITY',
    message: message as RegExp,
  }));
  it.each(refusals)('refuses $says and names the key', async (each) => {
    await expectCase(server, each);
  });

  it('changes all or nothing', async () => {
    const before = await get();
    const reply = await put(server, { token_expiration: 10, auth_mode: 'oidc_auth' });
    expect(reply.statusCode).toBe(400);
    expect(await get()).toEqual(before);
  });

  it.each(['GET', 'PUT'] as const)('%s is for administrators', async (method) => {
    const request = { method, url: URL, ...(method === 'PUT' ? { payload: { read_only: true } } : {}) };
    await expectCase(server, { says: '', request, status: 401, code: 'UNAUTHORIZED' });
    await expectCase(server, { says: '', request: { ...request, as: ann }, status: 403, code: 'FORBIDDEN' });
    expect(server.context.configuration.current().readOnly).toBe(false);
  });

  it('loses nothing when two administrators change different keys at once', async () => {
    for (let round = 1; round <= 10; round++) {
      const replies = await Promise.all([
        put(server, { token_expiration: round }),
        put(server, { session_timeout: round }),
        put(server, { disabled_audit_log_event_types: round % 2 === 0 ? 'pull_artifact' : '' }),
      ]);
      expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
      expect(server.context.configuration.current()).toMatchObject({
        tokenExpirationMinutes: round,
        sessionTimeoutMinutes: round,
        disabledAuditEventTypes: round % 2 === 0 ? ['pull_artifact'] : [],
      });
      expect(valuesOf(await get())).toMatchObject({ token_expiration: round, session_timeout: round });
    }
  });

  it('tells each change of the same key from what the one before had made of it', async () => {
    const values = [11, 12, 13, 14, 15, 16, 17, 18];
    const actor = { principal: ANONYMOUS, requestId: 'test', address: '' };
    const { configuration } = server.context;
    await Promise.all(values.map((token_expiration) => configuration.update(actor, { token_expiration })));
    const rows = (await auditRows()).slice(-values.length).map((row) => JSON.stringify(row));
    const changes = rows.map((row) =>
      [...row.matchAll(/token_expiration\\*":(\d+)/g)].map(([, number]) => Number(number)),
    );
    // A chain from 30 to what holds now: each `before` is the `after` of exactly one other.
    const next = new Map(changes.map(([before = 0, after = 0]) => [before, after]));
    const chain = [30];
    for (let at = next.get(30); at !== undefined; at = next.get(at)) chain.push(at);
    expect(new Set(chain), rows.join('\n')).toEqual(new Set([...values, 30]));
    expect((await get())['token_expiration']?.value).toBe(chain.at(-1));
  });
});

describe('what is known in memory', () => {
  const deaf: Outbox = { record: () => Promise.resolve(), onDurable: () => {} };
  const actor = { principal: ANONYMOUS, requestId: 'test', address: '' };
  const another = (outbox: Outbox, warn: (sentence: string) => void = () => {}) => {
    const { db, clock, audit } = server.context;
    const onFailure = (error: unknown): never => {
      throw error as Error;
    };
    return createConfiguration({ db, clock, audit, outbox, auditEventTypes: [], warn, onFailure });
  };

  it('holds when the change is answered, whatever hears of the event', async () => {
    const own = await another(deaf);
    await own.update(actor, { token_expiration: 7 });
    expect(own.current().tokenExpirationMinutes).toBe(7);
    await own.update(actor, { token_expiration: 30 });
  });

  it('is read anew at the event of a change that was made elsewhere', async () => {
    const heard: ((event: DomainEvent) => void)[] = [];
    const listening = await another({ ...deaf, onDurable: (listener) => void heard.push(listener) });
    await put(server, { token_expiration: 8 });
    expect(listening.current().tokenExpirationMinutes).toBe(30);
    for (const listener of heard)
      listener({ kind: 'configuration.changed', payload: { keys: ['token_expiration'] } });
    await expect.poll(() => listening.current().tokenExpirationMinutes).toBe(8);
  });

  it('says once of each broken value that its default holds', async () => {
    const write = (value: string) =>
      server.context.db.tx((tx) =>
        tx
          .insertInto('setting')
          .values({ key: 'configuration.session_timeout', value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute(),
      );
    await write('"soon"');
    const sentences: string[] = [];
    const own = await another(deaf, (sentence) => sentences.push(sentence));
    await own.list();
    await own.list();
    expect(sentences).toEqual([expect.stringMatching(/^the stored session_timeout is not used/)]);
    await write('60');
  });
});

describe('what is stored', () => {
  it('holds from the start of the next server, and a broken value gives way to its default', async () => {
    const broken = await makeServer({
      before: (db) =>
        db.tx((tx) =>
          tx
            .insertInto('setting')
            .values([
              { key: 'configuration.token_expiration', value: '77' },
              { key: 'configuration.session_timeout', value: 'not JSON' },
              { key: 'configuration.read_only', value: '"yes"' },
              { key: 'configuration.banner_message', value: '{"message":"not a text"}' },
              { key: 'configuration.auth_mode', value: '"ldap_auth"' },
              { key: 'configuration.gone_in_this_version', value: 'true' },
            ])
            .execute(),
        ),
    });
    expect(broken.context.configuration.current()).toMatchObject({
      tokenExpirationMinutes: 77,
      sessionTimeoutMinutes: 60,
      readOnly: false,
      bannerMessage: '',
    });
    const values = valuesOf(await get(broken));
    expect(values).toMatchObject({ token_expiration: 77, session_timeout: 60, auth_mode: 'db_auth' });
    // It can be set right.
    const reply = await put(broken, { session_timeout: 20 });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(broken.context.configuration.current().sessionTimeoutMinutes).toBe(20);
    await broken.close();
  });
});
