import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeGuard } from '#server/domain/artifacts/index.ts';
import { AppError } from '#server/lib/errors.ts';
import { OCI_INDEX } from '#server/lib/media-types.ts';
import { client, image, index, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer, type TestRequest } from '#test/support/server.ts';
import { addProject, API } from './people.ts';

let server: TestServer;
let oci: OciClient;

/** As immutability will be: a tag "fixed" stays where it is. A first push of it is asked for as well. */
let isFixed = false;
const guard: ChangeGuard = {
  async check(tx, _scope, { repository, touches }) {
    if (!isFixed) return;
    let names: readonly string[];
    if (touches !== 'everything' && 'tags' in touches) names = touches.tags;
    else {
      let query = tx.selectFrom('tag').select('name').where('repository_id', '=', repository.id);
      if (touches !== 'everything') query = query.where('artifact_id', 'in', [...touches.artifactIds]);
      names = (await query.execute()).map((row) => row.name);
    }
    if (names.includes('fixed'))
      throw new AppError('precondition', `${repository.name}:fixed may not change`);
  },
};

const app = image('app');
const other = image('other');
const child = image('child');
const parent = index([child]);
const REPOSITORY = `${API}/projects/web/repositories/app`;
const FIXED = `${REPOSITORY}/artifacts/fixed`;

beforeAll(async () => {
  server = await makeServer({ changeGuards: [guard] });
  oci = client(server);
  await addProject(server, 'web');
  await oci.pushImage('web/app', 'fixed', app);
  await oci.pushImage('web/app', 'free', other);
  await oci.pushImage('web/source', 'fixed', other);
  await oci.pushImage('web/nested', 'fixed', child);
  await oci.putManifest('web/nested', 'free', parent, OCI_INDEX);
  isFixed = true;
});
afterAll(() => server.close());

const manifest = other.manifest;
const refused: readonly [string, TestRequest][] = [
  [
    'pushing it',
    {
      method: 'PUT',
      url: '/v2/web/app/manifests/fixed',
      payload: manifest.bytes,
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    },
  ],
  ['making it', { method: 'POST', url: `${REPOSITORY}/artifacts/free/tags`, payload: { name: 'fixed' } }],
  ['copying to it', { method: 'POST', url: `${REPOSITORY}/artifacts?from=web/source:fixed` }],
  ['deleting it', { method: 'DELETE', url: `${FIXED}/tags/fixed` }],
  ['deleting its artifact', { method: 'DELETE', url: FIXED }],
  ['deleting its repository', { method: 'DELETE', url: REPOSITORY }],
  ['deleting it at /v2', { method: 'DELETE', url: '/v2/web/app/manifests/fixed' }],
  ['deleting its artifact at /v2', { method: 'DELETE', url: `/v2/web/app/manifests/${app.manifest.digest}` }],
];

describe('a guard of tags', () => {
  it.each(refused)('refuses %s, and nothing of it is kept', async (what, request) => {
    const before = await server.inject({ url: `${REPOSITORY}/artifacts`, as: 'admin' });
    const reply = await server.inject({ ...request, as: 'admin' });
    // Making it is a conflict before it is a matter of guards.
    expect(reply.statusCode, reply.body).toBe(what === 'making it' ? 409 : 412);
    if (what !== 'making it') expect(reply.body).toContain('app:fixed may not change');
    const after = await server.inject({ url: `${REPOSITORY}/artifacts`, as: 'admin' });
    expect(after.json()).toEqual(before.json());
  });

  it('is asked before a new tag is made', async () => {
    const reply = await server.inject({
      method: 'POST',
      url: `${API}/projects/web/repositories/nested/artifacts/free/tags`,
      as: 'admin',
      payload: { name: 'also' },
    });
    expect(reply.statusCode).toBe(201);
    const made = await server.inject({
      method: 'POST',
      url: `${API}/projects/web/repositories/fresh/artifacts?from=web/source:fixed`,
      as: 'admin',
    });
    expect(made.statusCode).toBe(412);
    expect(
      (await server.inject({ url: `${API}/projects/web/repositories/fresh`, as: 'admin' })).statusCode,
    ).toBe(404);
  });

  it('leaves alone what touches no such tag', async () => {
    expect(
      (
        await server.inject({
          method: 'DELETE',
          url: `${API}/projects/web/repositories/nested/artifacts/free`,
          as: 'admin',
        })
      ).statusCode,
    ).toBe(200);
    expect((await oci.head('/v2/web/nested/manifests/fixed')).statusCode).toBe(200);
    expect(
      (await server.inject({ method: 'DELETE', url: `${REPOSITORY}/artifacts/free/tags/free`, as: 'admin' }))
        .statusCode,
    ).toBe(200);
  });
});
