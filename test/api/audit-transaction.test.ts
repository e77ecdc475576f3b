import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { type Step, type World } from './audit-story-kit.ts';
import { STORY } from './audit-story.ts';
import { Browser } from './browser.ts';

/** What is no change that anybody made: the log itself, events and work that follow, and bytes on their way. */
const ASIDE = /^(?:audit_log|event|job|upload|sqlite_.*|.*_search_.*)$/;

let server: TestServer;
let world: World;

beforeAll(async () => {
  const checked = await makeServer({ database: 'sqlite' });
  // Without a look at what is answered: 500 is in no contract.
  const inject: TestServer['inject'] = ({ as, ...request }) => {
    const who = as === 'admin' ? checked.admin : as;
    const basic = who && `Basic ${Buffer.from(`${who.username}:${who.password}`).toString('base64')}`;
    return checked.app.inject({
      ...request,
      headers: { ...(basic ? { authorization: basic } : {}), ...request.headers },
    });
  };
  server = { ...checked, inject };
  world = { server, ids: {}, secrets: new Set(), browser: new Browser(server) };
});
afterAll(() => server.close());

const run = (text: string) => server.context.db.tx((tx) => sql.raw(text).execute(tx));

/** Everything that the database holds, as text. */
async function contents(): Promise<string> {
  const { read } = server.context.db;
  const tables = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(
    read,
  );
  const all: unknown[] = [];
  for (const { name } of tables.rows.filter((table) => !ASIDE.test(table.name)))
    all.push([name, (await sql`select * from ${sql.table(name)}`.execute(read)).rows]);
  return JSON.stringify(all);
}

/** Signing in at the token service goes on where its row cannot be written, so that a full disk stops no pull. */
const isRow = (step: Step): boolean =>
  step.rows.length > 0 && !step.rows[0]?.startsWith('!') && !step.route.endsWith(' /service/token');

describe('a change whose row cannot be written', () => {
  it.each(STORY.map((step) => [step.says, step] as const))('is not made: %s', async (_says, step) => {
    if (isRow(step)) {
      const before = await contents();
      await run(
        `create trigger no_log before insert on audit_log begin select raise(abort, 'the log takes nothing'); end`,
      );
      const reply = await step.does({ ...world, ids: { ...world.ids } });
      await run('drop trigger no_log');
      expect([step.says, reply.statusCode]).toEqual([step.says, 500]);
      expect(await contents()).toBe(before);
    }
    const reply = await step.does(world);
    expect(reply.statusCode, reply.body).toBe(step.status);
  });
});
