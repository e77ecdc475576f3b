import {
  content,
  describeContent,
  describeManifest,
  document,
  image,
  randomContent,
  TYPES,
  type Descriptor,
  type PushedManifest,
} from '../content.ts';
import { expectEqual, expectError, expectHeader, expectStatus, jsonOf } from '../expect.ts';
import { Mismatch } from '../report.ts';
import { nextPage } from '../repository.ts';
import type { Category, Suite } from '../suite.ts';
import type { Reply } from '../transport.ts';

const MOST_BYTES = 4 * 1024 * 1024;

/** The descriptors in a reply of the referrers API, whose form is checked as well. */
export function referrersOf(reply: Reply): readonly Descriptor[] {
  expectHeader(expectStatus(reply, 200), 'content-type', TYPES.index);
  const value = jsonOf(reply) as { schemaVersion?: unknown; mediaType?: unknown; manifests?: unknown };
  expectEqual([value.schemaVersion, value.mediaType], [2, TYPES.index], 'schemaVersion and mediaType are');
  if (!Array.isArray(value.manifests)) throw new Mismatch(`${reply.asked}: manifests is not a list`);
  if (reply.body.length > MOST_BYTES) throw new Mismatch(`${reply.asked}: ${reply.body.length} bytes`);
  return value.manifests as Descriptor[];
}

/** All pages of a subject's referrers. */
export async function listReferrers(
  { client, repo1 }: Suite,
  subject: string,
  query = '',
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  let path: string | undefined = repo1.referrers(subject, query);
  for (let pages = 0; path !== undefined; pages++) {
    if (pages > 200) throw new Mismatch('the pages do not end');
    const reply: Reply = await client.get(path);
    found.push(...referrersOf(reply));
    path = nextPage(reply);
  }
  return found;
}

/** An artifact without layers of its own, about a subject. */
function artifact(subject: Descriptor | undefined, fields: Record<string, unknown> = {}): PushedManifest {
  const nothing = content('{}');
  return document({
    mediaType: TYPES.manifest,
    config: describeContent(TYPES.empty, nothing),
    layers: [describeContent(TYPES.empty, nothing)],
    ...(subject ? { subject } : {}),
    ...fields,
  });
}

const sbom = 'application/spdx+json;v=1';

type Kinds = Readonly<Record<'sbom' | 'signature' | 'untyped', PushedManifest>>;

async function checkFilters(
  { client, check, repo1 }: Suite,
  subject: Descriptor,
  kinds: Kinds,
): Promise<void> {
  for (const [what, type, wanted] of [
    ['match', sbom, kinds.sbom],
    ['config-type', TYPES.empty, kinds.untyped],
    ['no-match', 'application/nothing', undefined],
  ] as const) {
    await check(
      `referrers/filter-${what}`,
      'artifactType filters, and OCI-Filters-Applied says so',
      async () => {
        const reply = await client.get(
          repo1.referrers(subject.digest, `?artifactType=${encodeURIComponent(type)}`),
        );
        expectHeader(reply, 'oci-filters-applied', 'artifactType');
        const digests = referrersOf(reply).map(({ digest }) => digest);
        expectEqual(digests, wanted ? [wanted.digest] : [], 'the referrers are');
      },
    );
  }
  await check(
    'referrers/filter-plain',
    'the plus of a type needs no escape, and an empty filter is none',
    async () => {
      const plain = await client.get(repo1.referrers(subject.digest, `?artifactType=${TYPES.empty}`));
      expectEqual(
        referrersOf(plain).map(({ digest }) => digest),
        [kinds.untyped.digest],
        'the referrers are',
      );
      const all = await client.get(repo1.referrers(subject.digest, '?artifactType='));
      expectEqual(referrersOf(all).length, 3, 'their number is');
    },
  );
}

async function checkLists(suite: Suite, subject: Descriptor): Promise<readonly PushedManifest[]> {
  const { check, repo1 } = suite;
  const kinds = {
    sbom: artifact(subject, { artifactType: sbom, annotations: { 'org.example.a': 'b', é: '1' } }),
    signature: artifact(subject, { artifactType: 'application/vnd.example.signature' }),
    untyped: artifact(subject),
  };
  await check(
    'referrers/subject-header',
    'a push with a subject is answered with OCI-Subject, also again',
    async () => {
      await repo1.push(content('{}'));
      for (const item of [...Object.values(kinds), kinds.sbom]) {
        const reply = expectStatus(await repo1.put(item.digest, item), 201);
        expectHeader(reply, 'oci-subject', subject.digest);
      }
    },
  );
  await check('referrers/list', 'all are listed with type, size, artifactType and annotations', async () => {
    const found = await listReferrers(suite, subject.digest);
    const wanted = [
      describeManifest(kinds.sbom, { artifactType: sbom, annotations: { 'org.example.a': 'b', é: '1' } }),
      describeManifest(kinds.signature, { artifactType: 'application/vnd.example.signature' }),
      describeManifest(kinds.untyped, { artifactType: TYPES.empty }),
    ];
    const sorted = (list: readonly Descriptor[]): unknown =>
      list
        .map(({ mediaType, digest, size, artifactType, annotations }) => [
          digest,
          mediaType,
          size,
          artifactType,
          annotations ?? {},
        ])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])));
    expectEqual(sorted(found), sorted(wanted), 'the referrers are');
  });
  await checkFilters(suite, subject, kinds);
  return Object.values(kinds);
}

async function checkLife(
  suite: Suite,
  subject: PushedManifest,
  known: readonly PushedManifest[],
): Promise<void> {
  const { client, check, repo1 } = suite;
  await check('referrers/deleted', 'a deleted referrer is listed no more', async () => {
    const [gone] = known;
    expectStatus(await client.delete(repo1.manifest(gone?.digest ?? '')), 202);
    const found = (await listReferrers(suite, subject.digest)).map(({ digest }) => digest);
    expectEqual(
      found.toSorted(),
      known
        .slice(1)
        .map(({ digest }) => digest)
        .toSorted(),
      'the referrers are',
    );
  });
  await check(
    'referrers/subject-comes',
    'they stay when the subject is pushed, and when it is deleted',
    async () => {
      expectStatus(await repo1.put(subject.digest, subject), 201);
      expectEqual((await listReferrers(suite, subject.digest)).length, known.length - 1, 'their number is');
      expectStatus(await client.delete(repo1.manifest(subject.digest)), 202);
      expectEqual((await listReferrers(suite, subject.digest)).length, known.length - 1, 'their number is');
    },
  );
  await repo1.tidy(...known.map(({ digest }) => digest));
  await check('referrers/none-left', 'with all of them gone the list is empty', async () => {
    expectEqual(await listReferrers(suite, subject.digest), [], 'the referrers are');
  });
}

async function checkPages(suite: Suite): Promise<void> {
  const { check, repo1 } = suite;
  const subject = describeContent(TYPES.manifest, randomContent(40));
  const large = Array.from({ length: 7 }, (_, i) =>
    artifact(subject, {
      artifactType: 'application/x.large',
      annotations: { [`k${i}`]: 'x'.repeat(900_000) },
    }),
  );
  const wanted = large.map(({ digest }) => digest).toSorted();
  await check('referrers/pages', 'what is more than 4 MiB comes in pages below it, by Link', async () => {
    for (const item of large) expectStatus(await repo1.put(item.digest, item), 201);
    const found = (await listReferrers(suite, subject.digest)).map(({ digest }) => digest);
    expectEqual(found.toSorted(), wanted, 'the referrers are');
  });
  await check('referrers/pages-filtered', 'the filter stays on behind the first page', async () => {
    // Many, so that some of them stand behind the first page, whatever the order.
    const others = Array.from({ length: 20 }, (_, i) =>
      artifact(subject, { artifactType: 'application/x.other', annotations: { i: String(i) } }),
    );
    for (const other of others) expectStatus(await repo1.put(other.digest, other), 201);
    const found = await listReferrers(suite, subject.digest, '?artifactType=application/x.large');
    expectEqual(found.map(({ digest }) => digest).toSorted(), wanted, 'the referrers are');
    await repo1.tidy(...others.map(({ digest }) => digest));
  });
  await repo1.tidy(...wanted);
}

export const referrers: Category = {
  name: 'referrers',
  async run(suite) {
    const { client, check, repo1 } = suite;
    const pushed = image();
    const subject = pushed.manifest;
    for (const blob of pushed.blobs) await repo1.push(blob);
    await check('referrers/unknown', 'an unknown subject has an empty list', async () => {
      for (const algorithm of ['sha256', 'sha512'] as const)
        expectEqual(await listReferrers(suite, randomContent(5, algorithm).digest), [], 'the referrers are');
    });
    await check('referrers/bad-digest', 'a malformed digest is 400', async () => {
      for (const bad of ['sha256:bad', 'latest', `md5:${'ab'.repeat(16)}`])
        expectError(await client.get(repo1.referrers(bad)), 400);
    });
    await check('referrers/bad-page', 'a made-up page is 400 or a list', async () => {
      const query = '?n=x&last=nonsense&nextToken=x&artifactType=';
      expectStatus(await client.get(repo1.referrers(subject.digest, query)), 200, 400);
    });
    await check('referrers/no-subject', 'a push without subject has no OCI-Subject', async () => {
      const plain = artifact(undefined, { annotations: { at: randomContent(5).digest } });
      await repo1.push(content('{}'));
      const reply = expectStatus(await repo1.put(plain.digest, plain), 201);
      if (reply.rawHeaders.some((name) => name.toLowerCase() === 'oci-subject'))
        throw new Mismatch('OCI-Subject without a subject');
      await repo1.tidy(plain.digest);
    });
    await check('referrers/head', 'HEAD is 200 with the type of an index', async () => {
      const reply = expectStatus(await client.head(repo1.referrers(subject.digest)), 200);
      expectHeader(reply, 'content-type', TYPES.index);
    });
    const known = await checkLists(suite, describeManifest(subject));
    await checkLife(suite, subject, known);
    await checkPages(suite);
  },
};
