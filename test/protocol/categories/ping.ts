import { expectError, expectHeader, expectStatus, jsonOf } from '../expect.ts';
import { Mismatch } from '../report.ts';
import type { Category } from '../suite.ts';

export const ping: Category = {
  name: 'ping',
  async run({ client, check }) {
    for (const [id, path] of [
      ['get', '/v2/'],
      ['no-slash', '/v2'],
      ['extra-slash', '/v2//'],
      ['unknown-query', '/v2/?ns=docker.io&account=somebody&x'],
    ] as const) {
      await check(`ping/${id}`, `GET ${path} is 200 with a JSON object`, async () => {
        const reply = expectStatus(await client.get(path), 200);
        expectHeader(reply, 'content-type', 'application/json');
        const value = jsonOf(reply);
        if (typeof value !== 'object' || value === null || Array.isArray(value))
          throw new Mismatch(`${path}: the body is no object`);
      });
    }
    await check('ping/head', 'HEAD /v2/ is 200', async () => {
      expectStatus(await client.head('/v2/'), 200);
    });
    await check('ping/unknown-path', 'a path that is no endpoint is 404 in the envelope', async () => {
      await client.get('/v2/');
      expectError(await client.get('/v2/nothing-of-the-kind'), 404);
    });
    await check('ping/bad-encoding', 'broken percent-encoding is 400 or 404 in the envelope', async () => {
      expectError(await client.get('/v2/a%zz/tags/list'), [400, 404]);
    });
  },
};

/** Preflights of web pages: they cannot carry an account, so they must not need one. */
export const options: Category = {
  name: 'options',
  async run({ client, check, repo1 }) {
    const paths = {
      base: '/v2/',
      tags: repo1.tags(),
      manifest: repo1.manifest('v1'),
      blob: repo1.blob(`sha256:${'0'.repeat(64)}`),
      uploads: repo1.uploads,
      referrers: repo1.referrers(`sha256:${'0'.repeat(64)}`),
    };
    for (const [id, path] of Object.entries(paths)) {
      await check(
        `options/${id}`,
        'OPTIONS without an account is 204 with Access-Control headers',
        async () => {
          const headers = { origin: 'https://example.test', 'access-control-request-method': 'GET' };
          const reply = expectStatus(await client.bare({ method: 'OPTIONS', path, headers }), 204);
          expectHeader(reply, 'access-control-allow-origin', /^(\*|https:\/\/example\.test)$/);
          expectHeader(reply, 'access-control-allow-methods', /GET.*/);
          expectHeader(reply, 'access-control-allow-headers', /authorization/i);
        },
      );
    }
    await check(
      'options/methods',
      'a method that an endpoint lacks is 405 with Allow, in the envelope',
      async () => {
        for (const [method, path] of [
          ['POST', repo1.manifest('v1')],
          ['PUT', repo1.tags()],
          ['PATCH', repo1.blob(`sha256:${'0'.repeat(64)}`)],
          ['DELETE', '/v2/'],
          ['POST', '/v2/_catalog'],
        ] as const) {
          const reply = await client.ask({ method, path });
          expectError(reply, 405, 'UNSUPPORTED');
          expectHeader(reply, 'allow', /GET/);
        }
      },
    );
  },
};

/** A repository that was never pushed to. */
export const empty: Category = {
  name: 'empty',
  async run({ client, check, repo1, run }) {
    const name = `${repo1.name}-never-${run}`;
    const none = `sha256:${'ab'.repeat(32)}`;
    await check('empty/tags', 'its tags are 404 NAME_UNKNOWN or an empty list', async () => {
      const reply = expectStatus(await client.get(`/v2/${name}/tags/list`), 200, 404);
      if (reply.status === 404) return void expectError(reply, 404, 'NAME_UNKNOWN');
      const { tags } = jsonOf(reply) as { tags?: unknown };
      if (!Array.isArray(tags) || tags.length > 0) throw new Mismatch('tags is not an empty list');
    });
    await check('empty/referrers', 'its referrers are 200 with an empty OCI index', async () => {
      const reply = expectStatus(await client.get(`/v2/${name}/referrers/${none}`), 200);
      expectHeader(reply, 'content-type', 'application/vnd.oci.image.index.v1+json');
      const { manifests } = jsonOf(reply) as { manifests?: unknown };
      if (!Array.isArray(manifests) || manifests.length > 0)
        throw new Mismatch('manifests is not an empty list');
    });
    for (const [id, path, codes] of [
      ['manifest', 'manifests/latest', ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN']],
      ['manifest-by-digest', `manifests/${none}`, ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN']],
      ['blob', `blobs/${none}`, ['BLOB_UNKNOWN', 'NAME_UNKNOWN']],
    ] as const) {
      await check(`empty/${id}`, `GET and HEAD of its ${id} are 404`, async () => {
        expectError(await client.get(`/v2/${name}/${path}`), 404, ...codes);
        expectError(await client.head(`/v2/${name}/${path}`), 404);
      });
    }
  },
};
