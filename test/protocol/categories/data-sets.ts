import { image, type Descriptor, type PushedManifest } from '../content.ts';
import { makeDataSets, type DataSet } from '../data-sets.ts';
import {
  expectBytes,
  expectEqual,
  expectError,
  expectHeader,
  expectNoHeader,
  expectStatus,
  jsonOf,
} from '../expect.ts';
import type { Category, Suite } from '../suite.ts';
import { headers, type Reply } from '../transport.ts';
import { listReferrers } from './referrers.ts';

/** A data set in a run: its tags carry the run's word, so that two runs do not meet. */
interface Run {
  readonly set: DataSet;
  readonly id: string;
  readonly tag: (name: string) => string;
}

function expectSubject(reply: Reply, manifest: PushedManifest): void {
  if (manifest.subject === undefined) expectNoHeader(reply, 'oci-subject');
  else expectHeader(reply, 'oci-subject', manifest.subject);
}

async function checkPush({ check, repo1 }: Suite, { set, id, tag }: Run): Promise<void> {
  if (set.blobs.length > 0) {
    await check(`${id}/push-blobs`, 'its blobs are pushed', async () => {
      for (const blob of set.blobs) await repo1.push(blob);
    });
  }
  const replies: Reply[] = [];
  const tagsFor = (manifest: PushedManifest): string[] =>
    Object.keys(set.tags).filter((name) => set.tags[name] === manifest);
  await check(`${id}/push-manifests`, 'its manifests are pushed by digest: 201 with the digest', async () => {
    for (const manifest of set.manifests) {
      const query = set.byParameter
        ? tagsFor(manifest)
            .map((name) => `tag=${tag(name)}`)
            .join('&')
        : '';
      const reply = await repo1.put(`${manifest.digest}${query === '' ? '' : `?${query}`}`, manifest);
      replies.push(expectStatus(reply, 201));
      expectHeader(reply, 'docker-content-digest', manifest.digest);
    }
  });
  if (set.byParameter) {
    await check(`${id}/oci-tag`, 'OCI-Tag names each tag that was asked for', async () => {
      const found = replies
        .flatMap((reply) => headers(reply, 'oci-tag'))
        .flatMap((line) => line.split(/\s*,\s*/));
      expectEqual(found.toSorted(), Object.keys(set.tags).map(tag).toSorted(), 'OCI-Tag names');
    });
  } else {
    await check(`${id}/push-tags`, 'its tags are pushed: 201 with the digest', async () => {
      for (const [name, manifest] of Object.entries(set.tags)) {
        const sha512 = manifest.digest.startsWith('sha512:');
        // A push by tag is hashed by sha256, so another digest can only be tagged with a parameter.
        const reference = sha512 ? `${manifest.digest}?tag=${tag(name)}` : tag(name);
        const reply = expectStatus(await repo1.put(reference, manifest), 201);
        replies.push(reply);
        expectHeader(reply, 'docker-content-digest', manifest.digest);
      }
    });
  }
  if (!set.referrers) return;
  await check(`${id}/oci-subject`, 'each push was answered with its OCI-Subject, and no other', async () => {
    const pushed = [...set.manifests, ...Object.values(set.tags)];
    expectEqual(replies.length, pushed.length, 'the acknowledged pushes are');
    for (const [i, reply] of replies.entries()) {
      const manifest = pushed[i];
      if (manifest) expectSubject(reply, manifest);
    }
  });
}

async function checkLists({ client, check, repo1 }: Suite, { set, id, tag }: Run): Promise<void> {
  const wanted = Object.keys(set.tags)
    .map(tag)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const tagsOf = (reply: Reply): readonly string[] => {
    const { tags = [] } = jsonOf(expectStatus(reply, 200)) as { tags?: string[] };
    return tags.filter((name) => wanted.includes(name));
  };
  await check(`${id}/tags`, 'the list has its tags in byte order', async () => {
    expectEqual(tagsOf(await client.get(repo1.tags())), wanted, 'the tags are');
  });
  await check(`${id}/tags-last`, 'with last the list has exactly the tags behind it', async () => {
    const middle = Math.floor((wanted.length - 1) / 2);
    const reply = await client.get(repo1.tags(`?last=${wanted[middle]}`));
    expectEqual(tagsOf(reply), wanted.slice(middle + 1), 'the tags are');
  });
}

async function checkReads({ client, check, repo1 }: Suite, { set, id, tag }: Run): Promise<void> {
  const named: readonly (readonly [string, PushedManifest])[] = [
    ...Object.entries(set.tags).map(([name, manifest]) => [tag(name), manifest] as const),
    ...set.manifests.map((manifest) => [manifest.digest, manifest] as const),
  ];
  const expectHeaders = (reply: Reply, manifest: PushedManifest): void => {
    expectStatus(reply, 200);
    expectHeader(reply, 'content-type', manifest.mediaType);
    expectHeader(reply, 'content-length', String(manifest.bytes.length));
    expectHeader(reply, 'docker-content-digest', manifest.digest);
  };
  await check(`${id}/head`, 'HEAD by tag and by digest is 200 with type, length and digest', async () => {
    for (const [reference, manifest] of named)
      expectHeaders(await client.head(repo1.manifest(reference)), manifest);
  });
  await check(`${id}/get`, 'GET by tag and by digest is the bytes as they were pushed', async () => {
    for (const [reference, manifest] of named) {
      const reply = await client.get(repo1.manifest(reference));
      expectHeaders(reply, manifest);
      expectBytes(reply, manifest.bytes);
    }
  });
  if (set.blobs.length === 0) return;
  await check(`${id}/blobs`, 'GET of each of its blobs is the bytes as they were pushed', async () => {
    for (const blob of set.blobs) {
      const reply = expectStatus(await client.get(repo1.blob(blob.digest)), 200);
      expectHeader(reply, 'docker-content-digest', blob.digest);
      expectBytes(reply, blob.bytes);
    }
  });
}

/** What is compared of a descriptor: an index lists no artifactType, and none is invented. */
function comparable(list: readonly Descriptor[]): readonly string[] {
  return list
    .map(({ mediaType, digest, size, artifactType, annotations }) =>
      JSON.stringify([digest, mediaType, size, artifactType ?? null, annotations ?? {}]),
    )
    .toSorted();
}

async function checkReferrers(suite: Suite, { set, id }: Run): Promise<void> {
  const { check, client, repo1 } = suite;
  const bySubject = Object.entries(set.referrers ?? {});
  if (bySubject.length === 0) return;
  await check(`${id}/referrers`, 'each subject lists its referrers', async () => {
    for (const [subject, wanted] of bySubject)
      expectEqual(comparable(await listReferrers(suite, subject)), comparable(wanted), 'the referrers are');
  });
  await check(`${id}/referrers-filtered`, 'by artifactType it lists exactly those, and says so', async () => {
    for (const [subject, wanted] of bySubject) {
      const types = new Set(
        wanted.flatMap((item) => (typeof item['artifactType'] === 'string' ? [item['artifactType']] : [])),
      );
      for (const type of types) {
        const query = `?artifactType=${encodeURIComponent(type)}`;
        expectHeader(
          await client.get(repo1.referrers(subject, query)),
          'oci-filters-applied',
          'artifactType',
        );
        expectEqual(
          comparable(await listReferrers(suite, subject, query)),
          comparable(wanted.filter((item) => item['artifactType'] === type)),
          `the referrers of type ${type} are`,
        );
      }
    }
  });
}

async function checkDeletion(suite: Suite, { set, id, tag }: Run): Promise<void> {
  const { client, check, repo1 } = suite;
  const remove = async (path: string): Promise<void> => {
    expectStatus(await client.delete(path), 202);
    expectStatus(await client.head(path), 404);
  };
  await check(`${id}/delete-tags`, 'its tags are deleted: 202, and HEAD is 404 at once', async () => {
    for (const name of Object.keys(set.tags)) await remove(repo1.manifest(tag(name)));
  });
  await check(`${id}/delete-manifests`, 'its manifests are deleted, last first', async () => {
    for (const manifest of set.manifests.toReversed()) await remove(repo1.manifest(manifest.digest));
  });
  if (set.blobs.length > 0) {
    await check(`${id}/delete-blobs`, 'its blobs are deleted', async () => {
      for (const digest of new Set(set.blobs.map((blob) => blob.digest))) await remove(repo1.blob(digest));
    });
  }
  if (!set.referrers) return;
  await check(`${id}/no-referrers`, 'its subjects have no referrers any more', async () => {
    for (const subject of Object.keys(set.referrers ?? {}))
      expectEqual(await listReferrers(suite, subject), [], 'the referrers are');
  });
}

export const dataSets: Category = {
  name: 'data-sets',
  async run(suite) {
    const { client, check, repo1, run } = suite;
    for (const set of makeDataSets()) {
      const one: Run = {
        set,
        id: `data-sets/${set.name}`,
        tag: (name) => `${run}-${set.name}-${name}`,
      };
      await checkPush(suite, one);
      await checkLists(suite, one);
      await checkReads(suite, one);
      await checkReferrers(suite, one);
      await checkDeletion(suite, one);
    }
    await check(
      'data-sets/bad-digest-image',
      'a manifest with extra bytes, put under the digest without them, is 400 and not there',
      async () => {
        const { blobs, manifest } = image();
        for (const blob of blobs) await repo1.push(blob);
        const longer = { ...manifest, bytes: Buffer.concat([manifest.bytes, Buffer.from('\n')]) };
        expectError(await repo1.put(manifest.digest, longer), 400, 'DIGEST_INVALID', 'MANIFEST_INVALID');
        expectStatus(await client.head(repo1.manifest(manifest.digest)), 404);
        for (const blob of blobs) expectStatus(await client.delete(repo1.blob(blob.digest)), 202);
      },
    );
  },
};
