import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dockerEntries, Layout } from '#test/support/image-archive.ts';
import type { ChangeGuard } from '#server/domain/artifacts/index.ts';
import { AppError } from '#server/lib/errors.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { makeTar } from '#test/support/tar.ts';
import { archiveRequests } from './archive-requests.ts';
import { addMember, addProject, addUser, API, OWN } from './people.ts';

let server: TestServer;
const { imports, send, receive, confirm, get, openUploads } = archiveRequests(() => server);

/** Keeps one tag where it is, as immutability does. */
const frozen: ChangeGuard = {
  check: (_tx, _scope, { touches }) =>
    touches !== 'everything' && 'tags' in touches && touches.tags.includes('frozen')
      ? Promise.reject(new AppError('precondition', 'frozen does not move'))
      : Promise.resolve(),
};

beforeAll(async () => {
  server = await makeServer({ changeGuards: [frozen] });
  await addProject(server, 'web');
});
afterAll(() => server.close());

describe('an archive of images', () => {
  it('of docker save is taken with its names, and its images can be pulled', async () => {
    const archive = makeTar(dockerEntries({ names: ['registry.example:5000/team/app:1.0', 'app:2'] }));
    const { id, images } = await receive(archive);
    expect(images).toMatchObject([
      {
        type: 'IMAGE',
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        names: [
          { given: 'registry.example:5000/team/app:1.0', repository: 'team/app', tag: '1.0' },
          { given: 'app:2', repository: 'app', tag: '2' },
        ],
      },
    ]);
    const reply = await confirm(id, [{ position: 0, repository: 'team/app', tags: ['1.0', 'stable'] }]);
    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.json()).toMatchObject({ outcomes: [{ digest: images[0]?.digest, error: null }] });
    const pulled = await get('team/app/manifests/stable');
    expect(pulled.statusCode).toBe(200);
    expect(pulled.headers['docker-content-digest']).toBe(images[0]?.digest);
    const { layers } = pulled.json<{ layers: { digest: string; size: number }[] }>();
    const layer = await get(`team/app/blobs/${layers[0]?.digest}`);
    expect(layer.rawPayload.length).toBe(layers[0]?.size);
    expect(await openUploads()).toBe(0);
  });

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
  ])('in the OCI layout is taken, packed with %s', async (_form, pack) => {
    const layout = new Layout();
    const platforms = ['amd64', 'arm64'].map((architecture) => ({
      ...layout.image({ architecture }),
      platform: { os: 'linux', architecture },
    }));
    const index = layout.indexOf(platforms);
    layout
      .list(index, 'registry.example/web/multi:1', 'io.containerd.image.name')
      .list(layout.image(), 'tagged');
    const { id, images } = await receive(pack(layout.toTar()));
    expect(images).toMatchObject([
      {
        digest: index.digest,
        platforms: [{ architecture: 'amd64' }, { architecture: 'arm64' }],
        missing: 0,
        names: [{ repository: 'multi', tag: '1' }],
      },
      { names: [{ given: ':tagged', repository: null, tag: 'tagged' }] },
    ]);
    const reply = await confirm(id, [
      { position: 0, repository: 'multi', tags: ['1'] },
      { position: 1, repository: 'other/one', tags: [] },
    ]);
    expect(reply.json()).toMatchObject({ outcomes: [{ error: null }, { error: null }] });
    const pulled = await get('multi/manifests/1');
    expect(pulled.headers['docker-content-digest']).toBe(index.digest);
    expect((await get(`multi/manifests/${platforms[1]?.digest}`)).statusCode).toBe(200);
    expect((await get(`other/one/manifests/${images[1]?.digest}`)).statusCode).toBe(200);
    expect(await openUploads()).toBe(0);
  });

  it('comes back as it went out', async () => {
    const first = await receive(makeTar(dockerEntries({ names: ['round:1'] })));
    await confirm(first.id, [{ position: 0, repository: 'round', tags: ['1', 'latest'] }]);
    const url = `${OWN}/projects/web/repositories/round/artifacts`;
    const reply = await server.inject({
      method: 'GET',
      url: `${url}/${first.images[0]?.digest}/archive`,
      as: 'admin',
    });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(Number(reply.headers['content-length'])).toBe(reply.rawPayload.length);
    expect(reply.headers['content-disposition']).toMatch(
      /^attachment; filename="round-sha256-[0-9a-f]{12}\.tar"$/,
    );
    const second = await receive(reply.rawPayload);
    expect(second.images).toMatchObject([
      {
        digest: first.images[0]?.digest,
        names: [
          { repository: 'round', tag: '1' },
          { repository: 'round', tag: 'latest' },
        ],
      },
    ]);
    const gone = await server.inject({ method: 'DELETE', url: `${imports}/${second.id}`, as: 'admin' });
    expect(gone.statusCode).toBe(200);
    const head = await server.inject({ method: 'HEAD', url: `${url}/1/archive`, as: 'admin' });
    expect(head.headers['content-disposition']).toBe('attachment; filename="round-1.tar"');
    expect(Number(head.headers['content-length'])).toBeGreaterThan(2048);
  });

  it('keeps what failed for another name, and is over once nothing did', async () => {
    const { id } = await receive(makeTar(dockerEntries({ names: ['a:1'] }, { architecture: 'arm64' })));
    const first = await confirm(id, [
      { position: 0, repository: 'locked', tags: ['frozen'] },
      { position: 1, repository: 'Not A Name', tags: [] },
      { position: 1, repository: 'fine', tags: ['not a tag'] },
    ]);
    expect(first.json()).toMatchObject({
      outcomes: [
        { error: { code: 'PRECONDITION', message: 'frozen does not move' } },
        { error: { code: 'BAD_REQUEST' } },
        { error: { code: 'BAD_REQUEST' } },
      ],
    });
    // All or nothing: the refused image left no repository.
    expect((await get('locked/tags/list')).statusCode).toBe(404);
    const second = await confirm(id, [
      { position: 0, repository: 'again', tags: ['1'] },
      { position: 0, repository: 'twice', tags: ['1'] },
      { position: 1, repository: 'again', tags: ['arm'] },
    ]);
    expect(second.json()).toMatchObject({ outcomes: [{ error: null }, { error: null }, { error: null }] });
    expect((await get('twice/manifests/1')).statusCode).toBe(200);
    expect((await confirm(id, [{ position: 0, repository: 'late', tags: [] }])).statusCode).toBe(404);
    expect(await openUploads()).toBe(0);
  });

  it('is written down in the audit log as a push is', async () => {
    const { id } = await receive(makeTar(dockerEntries({ names: ['logged:1'] })));
    await confirm(id, [{ position: 0, repository: 'logged', tags: ['1'] }]);
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['operation', 'resource_type', 'resource', 'username'])
      .where('resource', 'like', 'web/logged%')
      .execute();
    expect(rows).toEqual(
      expect.arrayContaining([
        { operation: 'create', resource_type: 'repository', resource: 'web/logged', username: 'admin' },
        { operation: 'create', resource_type: 'artifact', resource: 'web/logged:1', username: 'admin' },
      ]),
    );
    const events = await server.context.db.read.selectFrom('event').select(['kind', 'payload']).execute();
    expect(events.filter(({ payload }) => payload.includes('logged')).map(({ kind }) => kind)).toEqual([
      'repository.created',
      'artifact.pushed',
    ]);
  });

  it('is taken from those who may push, and seen by nobody else', async () => {
    const archive = makeTar(dockerEntries({ names: ['mine:1'] }));
    const developer = await addUser(server, 'dana');
    await addMember(server, 'web', { username: 'dana', role: 'developer' });
    const guest = await addUser(server, 'gustav');
    await addMember(server, 'web', { username: 'gustav', role: 'guest' });
    expect((await send(archive, { as: guest })).statusCode).toBe(403);
    const { id } = await receive(archive, { as: developer });
    const one = (as: 'admin' | typeof developer) =>
      server.inject({ method: 'GET', url: `${imports}/${id}`, as });
    expect((await one(developer)).statusCode).toBe(200);
    expect((await one('admin')).statusCode).toBe(404);
    const target = { position: 0, repository: 'stolen', tags: ['1'] };
    expect((await confirm(id, [target])).statusCode).toBe(404);
    const gone = () => server.inject({ method: 'DELETE', url: `${imports}/${id}`, as: developer });
    expect((await gone()).statusCode).toBe(200);
    expect((await gone()).statusCode).toBe(404);
    expect(await openUploads()).toBe(0);
  });

  it('is forgotten with all its bytes when nobody confirms it', async () => {
    const { id } = await receive(makeTar(dockerEntries({ names: ['forgotten:1'] })));
    expect(await openUploads()).toBeGreaterThan(0);
    const dayMs = 24 * 3600 * 1000;
    const { db, archives, blobs } = server.context;
    for (const table of ['upload', 'archive_import'] as const)
      await db.tx((tx) =>
        tx
          .updateTable(table)
          .set({ active_at: Date.now() - 2 * dayMs })
          .execute(),
      );
    expect(await archives.purge(Date.now() - dayMs)).toBe(1);
    await blobs.dropUploads({ idleBeforeMs: Date.now() - dayMs }, new AbortController().signal);
    expect(await openUploads()).toBe(0);
    expect((await confirm(id, [{ position: 0, repository: 'x', tags: [] }])).statusCode).toBe(404);
    expect(await db.read.selectFrom('archive_part').selectAll().execute()).toEqual([]);
  });

  it('is refused where it is sent as something else', async () => {
    const reply = await server.inject({ method: 'POST', url: imports, as: 'admin', payload: { a: 1 } });
    expect(reply.statusCode).toBe(415);
  });
});

describe('an artifact as an archive', () => {
  it('is not made where the registry lacks a part of it', async () => {
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'1'.repeat(64)}`,
      size: 2,
    };
    await server.inject({
      method: 'PUT',
      url: `${API}/projects/web`,
      as: 'admin',
      payload: { metadata: { allow_sparse: 'true' } },
    });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const put = await server.inject({
      method: 'PUT',
      url: '/v2/web/sparse/manifests/1',
      as: 'admin',
      headers: { 'content-type': mediaType },
      payload: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] })),
    });
    expect(put.statusCode, put.body).toBe(201);
    const url = `${OWN}/projects/web/repositories/sparse/artifacts`;
    const reply = await server.inject({ method: 'GET', url: `${url}/1/archive`, as: 'admin' });
    expect(reply.statusCode, reply.body).toBe(412);
    const missing = await server.inject({ method: 'GET', url: `${url}/2/archive`, as: 'admin' });
    expect(missing.statusCode).toBe(404);
  });
});
