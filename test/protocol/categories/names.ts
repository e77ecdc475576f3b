import { image } from '../content.ts';
import {
  expectBytes,
  expectEqual,
  expectError,
  expectHeader,
  expectNoHeader,
  expectStatus,
  jsonOf,
} from '../expect.ts';
import { locationOf } from '../client.ts';
import { Mismatch } from '../report.ts';
import { createRepository, nextPage } from '../repository.ts';
import type { Category, Suite } from '../suite.ts';
import type { Reply } from '../transport.ts';

const none = `sha256:${'0'.repeat(64)}`;

async function checkGood({ client, check, repo1 }: Suite): Promise<void> {
  const good = {
    signs: 'a.b_c__d-e--f---g',
    digits: '0/1/2',
    deep: 'a/b/c/d/e/f/g/h',
    long: 'x'.repeat(120),
    'like-blobs': 'blobs/x',
    'like-uploads': 'blobs/uploads/x',
    'like-manifests': 'manifests/latest',
    'like-tags': 'tags/list',
    'like-referrers': 'referrers/x',
    'ends-in-blobs': 'x/blobs',
  };
  for (const [what, rest] of Object.entries(good)) {
    const repository = createRepository(client, `${repo1.name}/${rest}`);
    await check(
      `names/good/${what}`,
      `.../${rest.slice(0, 30)} is a name: an image goes in and out`,
      async () => {
        const pushed = await repository.pushImage('v1', image({ layers: 1 }));
        expectBytes(expectStatus(await client.get(repository.manifest('v1')), 200), pushed.manifest.bytes);
        const [layer] = pushed.layers;
        expectStatus(await client.head(repository.blob(layer?.digest ?? '')), 200);
        const { name, tags } = jsonOf(expectStatus(await client.get(repository.tags()), 200)) as {
          name?: unknown;
          tags?: unknown;
        };
        expectEqual([name, tags], [repository.name, ['v1']], 'name and tags are');
        await repository.tidy(pushed.manifest.digest);
      },
    );
  }
}

async function checkBad({ client, check, repo1 }: Suite): Promise<void> {
  const bad = {
    'upper-case': 'App',
    'dash-first': '-app',
    'dash-last': 'app-',
    'dot-first': '.app',
    'two-dots': 'a..b',
    'three-underscores': 'a___b',
    'mixed-separators': 'a.-b',
    'empty-part': 'a//b',
    space: 'a%20b',
    'no-ascii': '%C3%A9',
    'dot-dot': '..%2f..%2fetc',
    'zero-byte': 'a%00b',
    'line-break': 'a%0ab',
    backslash: 'a%5cb',
    'too-long': 'x'.repeat(300),
  };
  for (const [what, rest] of Object.entries(bad)) {
    await check(
      `names/bad/${what}`,
      'it is no name: 400 NAME_INVALID (or 404) for every operation',
      async () => {
        const base = `/v2/${repo1.name}/${rest}`;
        for (const [method, path] of [
          ['POST', `${base}/blobs/uploads/`],
          ['GET', `${base}/manifests/v1`],
          ['HEAD', `${base}/blobs/${none}`],
          ['GET', `${base}/tags/list`],
          ['GET', `${base}/referrers/${none}`],
        ] as const) {
          const reply = await client.ask({ method, path });
          if (expectStatus(reply, 400, 404).status === 400) expectError(reply, 400, 'NAME_INVALID');
        }
      },
    );
  }
  await check('names/escaped', 'a name may be percent-encoded', async () => {
    const path = repo1.uploads.replace(repo1.name, encodeURIComponent(repo1.name));
    const reply = expectStatus(await client.ask({ method: 'POST', path }), 202);
    expectStatus(await client.delete(locationOf(client, reply)), 204);
  });
}

export const names: Category = {
  name: 'names',
  async run(suite) {
    await checkGood(suite);
    await checkBad(suite);
  },
};

function repositoriesOf(reply: Reply): readonly string[] {
  const { repositories } = jsonOf(expectStatus(reply, 200)) as { repositories?: unknown };
  if (!Array.isArray(repositories)) throw new Mismatch(`${reply.asked}: repositories is not a list`);
  return repositories as string[];
}

/** The catalog is outside of the specification, but crane, regctl, oras and consoles use it. */
export const catalog: Category = {
  name: 'catalog',
  async run({ client, check, repo1, repo2 }) {
    const walk = async (from: string): Promise<readonly string[]> => {
      const found: string[] = [];
      let path: string | undefined = from;
      for (let pages = 0; path !== undefined; pages++) {
        if (pages > 500) throw new Mismatch('the pages do not end');
        const reply: Reply = await client.get(path);
        found.push(...repositoriesOf(reply));
        path = nextPage(reply);
      }
      return found;
    };
    await check('catalog/list', 'both repositories are in the catalog, in byte order', async () => {
      for (const repository of [repo1, repo2]) await repository.pushImage('catalog', image());
      expectHeader(await client.get('/v2/_catalog'), 'content-type', 'application/json');
      const all = await walk('/v2/_catalog');
      for (const { name } of [repo1, repo2])
        if (!all.includes(name)) throw new Mismatch(`${name} is not in the catalog`);
      const sorted = all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expectEqual(all, sorted, 'the catalog is');
    });
    await check('catalog/pages', 'pages follow each other by Link without gap or repeat', async () => {
      const all = await walk('/v2/_catalog');
      const [first = ''] = all;
      expectEqual(repositoriesOf(await client.get('/v2/_catalog?n=1')), [first], 'the first page is');
      expectEqual((await walk('/v2/_catalog?n=7')).join(), all.join(), 'the pages of 7 are');
      expectEqual(
        (await walk(`/v2/_catalog?last=${encodeURIComponent(first)}`)).join(),
        all.slice(1).join(),
        'what follows the first is',
      );
    });
    await check('catalog/n-zero', 'n=0 is an empty list without Link', async () => {
      const reply = await client.get('/v2/_catalog?n=0');
      expectEqual(repositoriesOf(reply), [], 'the repositories are');
      expectNoHeader(reply, 'link');
    });
    await check('catalog/bad-n', 'a bad n is 400 PAGINATION_NUMBER_INVALID', async () => {
      for (const n of ['-1', 'x'])
        expectError(await client.get(`/v2/_catalog?n=${n}`), 400, 'PAGINATION_NUMBER_INVALID');
    });
    for (const repository of [repo1, repo2]) await repository.tidy('catalog');
  },
};
