import { content, image, type Image } from '../content.ts';
import { expectEqual, expectError, expectHeader, expectNoHeader, expectStatus, jsonOf } from '../expect.ts';
import { Mismatch } from '../report.ts';
import { nextPage } from '../repository.ts';
import type { Category, Suite } from '../suite.ts';
import { headers, type Reply } from '../transport.ts';

function tagsOf(reply: Reply): readonly string[] {
  const { tags } = jsonOf(expectStatus(reply, 200)) as { tags?: unknown };
  if (!Array.isArray(tags)) throw new Mismatch(`${reply.asked}: tags is ${JSON.stringify(tags)}, not a list`);
  return tags as string[];
}

/** All pages from here on, following Link; throws when they do not end. */
async function walk({ client }: Suite, from: string): Promise<readonly string[]> {
  const found: string[] = [];
  let path: string | undefined = from;
  for (let pages = 0; path !== undefined; pages++) {
    if (pages > 2000) throw new Mismatch(`${from}: the pages do not end`);
    const reply: Reply = await client.get(path);
    found.push(...tagsOf(reply));
    path = nextPage(reply);
  }
  return found;
}

/** In byte order, which is no language's: `A` < `Z` < `_` < `a`. */
const ENDINGS = [
  '',
  '-',
  '-1',
  '.',
  '.0',
  '0',
  '10',
  '9',
  'A',
  'B',
  'Z',
  '_',
  '_a',
  'a',
  'aa',
  'b',
  'z',
] as const;

async function checkPages(suite: Suite, prefix: string): Promise<void> {
  const { client, check, repo1 } = suite;
  const all = ENDINGS.map((ending) => `${prefix}${ending}`);
  const mine = (tags: readonly string[]): readonly string[] => tags.filter((tag) => tag.startsWith(prefix));
  await check('tags/order', 'the list without n has all tags in byte order', async () => {
    const reply = await client.get(repo1.tags());
    expectHeader(reply, 'content-type', 'application/json');
    expectEqual((jsonOf(reply) as { name?: unknown }).name, repo1.name, 'the name is');
    const found = await walk(suite, repo1.tags());
    expectEqual(mine(found), all, 'the tags are');
    const sorted = found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expectEqual(found, sorted, 'the whole list is');
  });
  // A name that sorts right before ours and does not exist.
  const before = prefix.slice(0, -1);
  await check('tags/last-unknown', 'last need not exist: what sorts behind it comes', async () => {
    expectEqual(mine(tagsOf(await client.get(repo1.tags(`?last=${before}`)))), all, 'the tags are');
  });
  await check('tags/last', 'last is left out, and what sorts behind it comes', async () => {
    const last = all[8] ?? '';
    expectEqual(mine(tagsOf(await client.get(repo1.tags(`?last=${last}`)))), all.slice(9), 'the tags are');
  });
  await check('tags/last-end', 'nothing behind the last tag is an empty list', async () => {
    const reply = await client.get(repo1.tags(`?last=${'~'.repeat(3)}`));
    expectEqual(tagsOf(reply), [], 'the tags are');
    expectNoHeader(reply, 'link');
  });
  for (const n of [1, 3, 100]) {
    await check(
      `tags/pages-of-${n}`,
      `pages of ${n} follow each other by Link without gap or repeat`,
      async () => {
        const first = await client.get(repo1.tags(`?n=${n}&last=${before}`));
        expectEqual(mine(tagsOf(first)), all.slice(0, n), 'the first page is');
        if (n < all.length) expectHeader(first, 'link', /rel="next"/);
        expectEqual(mine(await walk(suite, repo1.tags(`?n=${n}&last=${before}`))), all, 'the pages are');
      },
    );
  }
}

async function checkNumbers({ client, check, repo1 }: Suite): Promise<void> {
  await check('tags/n-zero', 'n=0 is an empty list without Link', async () => {
    const reply = await client.get(repo1.tags('?n=0'));
    expectEqual(tagsOf(reply), [], 'the tags are');
    expectNoHeader(reply, 'link');
  });
  for (const [what, n] of [
    ['negative', '-1'],
    ['word', 'many'],
    ['fraction', '1.5'],
    ['spaced', '%201'],
  ] as const) {
    await check(`tags/n-${what}`, `n=${n} is 400 PAGINATION_NUMBER_INVALID`, async () => {
      expectError(await client.get(repo1.tags(`?n=${n}`)), 400, 'PAGINATION_NUMBER_INVALID');
    });
  }
  await check('tags/n-large', 'a large n is as many as there are', async () => {
    tagsOf(await client.get(repo1.tags('?n=100000')));
  });
  await check('tags/unknown-query', 'unknown parameters are ignored', async () => {
    tagsOf(await client.get(repo1.tags('?ns=docker.io&page_size=x&n=5')));
  });
  await check('tags/head', 'HEAD of the list is 200 with its type', async () => {
    expectHeader(expectStatus(await client.head(repo1.tags()), 200), 'content-type', 'application/json');
  });
}

async function checkNames({ client, check, repo1 }: Suite, pushed: Image): Promise<void> {
  for (const [what, tag] of [
    ['one-letter', 'x'],
    ['underscore', '_x'],
    ['digits', '0'],
    ['all-signs', 'A-b_c.D'],
    ['longest', `t${'x'.repeat(127)}`],
    ['cosign', `sha256-${'ab'.repeat(32)}.sig`],
    ['helm', '1.2.3_build.5'],
  ] as const) {
    await check(`tags/name/${what}`, 'it is a tag: 201, 200, 202', async () => {
      expectStatus(await repo1.put(tag, pushed.manifest), 201);
      expectStatus(await client.get(repo1.manifest(tag)), 200);
      expectStatus(await client.delete(repo1.manifest(tag)), 202);
      expectStatus(await client.head(repo1.manifest(tag)), 404);
    });
  }
  for (const [what, tag] of [
    ['too-long', 'x'.repeat(129)],
    ['dot-first', '.x'],
    ['dash-first', '-x'],
    ['plus', '1.0+a'],
    ['escaped-slash', 'a%2Fb'],
    ['space', 'a%20b'],
    ['no-ascii', '%C3%A9'],
    ['zero-byte', 'a%00b'],
  ] as const) {
    await check(`tags/no-name/${what}`, 'it is no tag: 400 (or 404, where no route fits)', async () => {
      expectStatus(await repo1.put(tag, pushed.manifest), 400, 404);
      expectStatus(await client.head(repo1.manifest(tag)), 400, 404);
    });
  }
}

export const tags: Category = {
  name: 'tags',
  async run(suite) {
    const { check, client, repo1, run } = suite;
    const prefix = `${run}t`;
    const pushed = image();
    await check('tags/push', 'seventeen tags are pushed', async () => {
      await repo1.pushImage(pushed.manifest.digest, pushed);
      // Not in their order.
      for (const ending of ENDINGS.toReversed())
        expectStatus(await repo1.put(`${prefix}${ending}`, pushed.manifest), 201);
    });
    await checkPages(suite, prefix);
    await checkNumbers(suite);
    await checkNames(suite, pushed);
    await check(
      'tags/none-left',
      'with its tags gone, the repository’s list is 200 without them',
      async () => {
        expectStatus(await client.delete(repo1.manifest(pushed.manifest.digest)), 202);
        const left = tagsOf(await client.get(repo1.tags())).filter((tag) => tag.startsWith(prefix));
        expectEqual(left, [], 'the tags are');
      },
    );
  },
};

/** Tags that come with a push by digest (OCI distribution spec, end-7b). */
export const tagParameters: Category = {
  name: 'tag-parameters',
  async run({ client, check, repo1, run }) {
    const named = (count: number, word: string): string[] =>
      Array.from({ length: count }, (_, i) => `${run}-${word}${i}`);
    const query = (list: readonly string[]): string => list.map((tag) => `tag=${tag}`).join('&');
    const accepted = (reply: Reply): readonly string[] =>
      headers(reply, 'oci-tag').flatMap((line) => line.split(/\s*,\s*/));
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const pushed = image({ algorithm });
      const { manifest } = pushed;
      for (const count of [1, 2, 12]) {
        const wanted = named(count, algorithm);
        await check(
          `tag-parameters/${algorithm}/${count}`,
          `${count} tags are taken with the PUT, named in OCI-Tag, and answer with this digest`,
          async () => {
            for (const blob of pushed.blobs) await repo1.push(blob);
            const reply = await repo1.put(`${manifest.digest}?${query(wanted)}`, manifest);
            expectStatus(reply, 201);
            expectEqual(accepted(reply).toSorted(), wanted.toSorted(), 'OCI-Tag names');
            for (const tag of wanted) {
              const head = expectStatus(await client.head(repo1.manifest(tag)), 200);
              expectHeader(head, 'docker-content-digest', manifest.digest);
            }
          },
        );
      }
      await repo1.tidy(manifest.digest);
    }
    const pushed = image();
    const put = (text: string) => repo1.put(`${pushed.manifest.digest}?${text}`, pushed.manifest);
    await check('tag-parameters/invalid', 'one bad tag is 400 for all of them', async () => {
      for (const blob of pushed.blobs) await repo1.push(blob);
      expectError(await put(`tag=${run}-good&tag=.bad`), 400, 'TAG_INVALID');
      expectError(await put(`tag=${run}-good&tag=`), 400, 'TAG_INVALID');
      expectStatus(await client.head(repo1.manifest(`${run}-good`)), 404);
    });
    await check('tag-parameters/many', 'a thousand short tags are all taken, or 414', async () => {
      const wanted = Array.from({ length: 1000 }, (_, i) => `m${i}`);
      const reply = expectStatus(await put(query(wanted)), 201, 414);
      if (reply.status === 201) expectEqual(accepted(reply).length, wanted.length, 'OCI-Tag names');
      else expectError(reply, 414);
    });
    await check('tag-parameters/twice', 'a tag given twice is taken once', async () => {
      expectStatus(await put(`tag=${run}-twice&tag=${run}-twice`), 201);
      const reply = await client.get(repo1.manifest(`${run}-twice`));
      expectEqual(content(expectStatus(reply, 200).body).digest, pushed.manifest.digest, 'the digest is');
    });
    await repo1.tidy(pushed.manifest.digest);
  },
};
