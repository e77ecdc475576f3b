import { locationOf } from '../client.ts';
import {
  content,
  describeContent,
  describeManifest,
  document,
  image,
  randomContent,
  TYPES,
  type Image,
  type PushedManifest,
} from '../content.ts';
import { expectBytes, expectEqual, expectError, expectHeader, expectStatus } from '../expect.ts';
import { Mismatch } from '../report.ts';
import type { Category, Suite } from '../suite.ts';

const MEBIBYTE = 1024 * 1024;

async function checkUnknown(suite: Suite): Promise<void> {
  const { client, check, repo1, run } = suite;
  for (const [what, reference] of [
    ['tag', `unknown-${run}`],
    ['digest', randomContent(9).digest],
    ['sha512', randomContent(9, 'sha512').digest],
  ] as const) {
    const path = repo1.manifest(reference);
    await check(`manifests/unknown-${what}`, `GET and HEAD of an unknown ${what} are 404`, async () => {
      expectError(await client.get(path), 404, 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN');
      expectError(await client.head(path), 404);
    });
    await check(`manifests/delete-unknown-${what}`, `DELETE of an unknown ${what} is 404`, async () => {
      expectError(await client.delete(path), 404, 'MANIFEST_UNKNOWN', 'NAME_UNKNOWN');
    });
  }
  await check('manifests/bad-digest', 'sha256:baddigeststring is 400 on PUT, 400 or 404 on GET', async () => {
    const bad = 'sha256:baddigeststring';
    expectError(await repo1.put(bad, image().manifest), 400, 'DIGEST_INVALID', 'MANIFEST_INVALID');
    expectError(await client.get(repo1.manifest(bad)), [400, 404]);
    expectStatus(await client.head(repo1.manifest(bad)), 400, 404);
    expectStatus(await client.delete(repo1.manifest(bad)), 400, 404);
  });
  await check(
    'manifests/other-digest',
    'a PUT under the digest of other bytes is 400 DIGEST_INVALID',
    async () => {
      const pushed = image();
      for (const blob of pushed.blobs) await repo1.push(blob);
      for (const algorithm of ['sha256', 'sha512'] as const) {
        const claimed = randomContent(20, algorithm).digest;
        expectError(await repo1.put(claimed, pushed.manifest), 400, 'DIGEST_INVALID');
        expectStatus(await client.head(repo1.manifest(claimed)), 404);
      }
    },
  );
  await checkMissingBlobs(suite);
}

/** In the second repository, whose project takes no sparse images. */
async function checkMissingBlobs({ client, check, repo1, repo2, run }: Suite): Promise<void> {
  await check(
    'manifests/missing-blobs',
    'a manifest whose blobs were not pushed is 400 MANIFEST_BLOB_UNKNOWN, one error for each of them',
    async () => {
      const pushed = image({ layers: 3 });
      const reply = await repo2.put(`missing-${run}`, pushed.manifest);
      const errors = expectError(reply, 400, 'MANIFEST_BLOB_UNKNOWN');
      const text = JSON.stringify(errors.map(({ detail }) => detail));
      if (errors.length !== 4 || !pushed.blobs.every((blob) => text.includes(blob.digest)))
        throw new Mismatch(`the ${errors.length} errors do not name the four digests: ${text}`);
      expectStatus(await client.head(repo2.manifest(`missing-${run}`)), 404);
    },
  );
  await check('manifests/elsewhere', 'blobs that only another repository holds do not count', async () => {
    const pushed = image();
    for (const blob of pushed.blobs) await repo1.push(blob);
    expectError(await repo2.put(`missing-${run}`, pushed.manifest), 400, 'MANIFEST_BLOB_UNKNOWN');
  });
  for (const [what, mediaType] of [
    ['docker', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'],
    ['oci', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'],
    ['by-url', TYPES.layerGzip],
  ] as const) {
    await check(
      `manifests/foreign-layer-${what}`,
      'a layer that lies elsewhere, at its urls, is not asked for',
      async () => {
        const urls = ['https://example.test/layer'];
        const { config } = image();
        await repo2.push(config);
        const manifest = document({
          mediaType: TYPES.manifest,
          config: describeContent(TYPES.config, config),
          layers: [describeContent(mediaType, randomContent(30), { urls })],
        });
        expectStatus(await repo2.put(manifest.digest, manifest), 201);
        await repo2.tidy(manifest.digest);
      },
    );
  }
}

async function checkPush(suite: Suite): Promise<void> {
  const { client, check, repo1, run } = suite;
  const pushed = image();
  const { manifest } = pushed;
  const path = repo1.manifest(manifest.digest);
  await check(
    'manifests/put',
    'PUT is 201 with digest, a Location that can be read, and no body',
    async () => {
      for (const blob of pushed.blobs) await repo1.push(blob);
      const reply = expectStatus(await repo1.put(`put-${run}`, manifest), 201);
      expectHeader(reply, 'docker-content-digest', manifest.digest);
      expectHeader(reply, 'content-length', '0');
      const location = locationOf(client, reply);
      if (location !== path) throw new Mismatch(`Location ${location}`);
      expectBytes(expectStatus(await client.get(location), 200), manifest.bytes);
    },
  );
  await check('manifests/put-again', 'the same PUT again is 201 with the same answer', async () => {
    const reply = expectStatus(await repo1.put(`put-${run}`, manifest), 201);
    expectHeader(reply, 'docker-content-digest', manifest.digest);
  });
  await check('manifests/head', 'HEAD is 200 with type, length and digest', async () => {
    const reply = expectStatus(await client.head(path), 200);
    expectHeader(reply, 'content-type', manifest.mediaType);
    expectHeader(reply, 'content-length', String(manifest.bytes.length));
    expectHeader(reply, 'docker-content-digest', manifest.digest);
  });
  await check('manifests/accept', 'what is stored is sent, whatever Accept says', async () => {
    for (const accept of [
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      TYPES.index,
      `${TYPES.manifest}, */*`,
      '*/*',
      'text/html',
    ]) {
      const reply = expectStatus(await client.get(repo1.manifest(`put-${run}`), { accept }), 200);
      expectHeader(reply, 'content-type', manifest.mediaType);
      expectBytes(reply, manifest.bytes);
    }
  });
  await checkOddPushes(suite, pushed);
  await repo1.tidy(manifest.digest);
}

async function checkOddPushes({ client, check, repo1, run }: Suite, pushed: Image): Promise<void> {
  const { manifest } = pushed;
  await check(
    'manifests/tag-with-digest',
    'a PUT by tag with ?digest= keeps the tag under that digest',
    async () => {
      const other = content(manifest.bytes, 'sha512').digest;
      const reply = await repo1.put(`put-512-${run}?digest=${other}`, manifest);
      expectHeader(expectStatus(reply, 201), 'docker-content-digest', other);
      const head = expectStatus(await client.head(repo1.manifest(`put-512-${run}`)), 200);
      expectHeader(head, 'docker-content-digest', other);
      const wrong = await repo1.put(`put-${run}?digest=${randomContent(5).digest}`, manifest);
      expectError(wrong, 400, 'DIGEST_INVALID');
      await repo1.tidy(other);
    },
  );
  await check('manifests/chunked', 'a PUT in chunked encoding without Content-Length is 201', async () => {
    const path = repo1.manifest(manifest.digest);
    const put = { method: 'PUT', path, body: manifest.bytes, chunks: 4 };
    expectStatus(await client.ask({ ...put, headers: { 'content-type': manifest.mediaType } }), 201);
  });
  await check(
    'manifests/delete-used-blob',
    'a blob that a manifest needs is not lost by DELETE',
    async () => {
      const blob = repo1.blob(pushed.config.digest);
      expectStatus(await client.delete(blob), 202, 404, 405);
      await repo1.push(pushed.config);
      expectBytes(expectStatus(await client.get(blob), 200), pushed.config.bytes);
    },
  );
}

/** A manifest of `size` bytes, most of them in annotations. */
function sizedManifest(size: number): ReturnType<typeof image> {
  const annotations = Object.fromEntries(
    Array.from({ length: Math.floor(size / 10_000) }, (_, i) => [`key-${i}`, 'x'.repeat(9_950)]),
  );
  return image({ more: { annotations } });
}

async function checkSizes({ client, check, repo1, run }: Suite): Promise<void> {
  await check('manifests/four-mebibytes', 'a manifest of 4 MiB is taken and served', async () => {
    const pushed = await repo1.pushImage(`large-${run}`, sizedManifest(4 * MEBIBYTE - 20_000));
    const reply = expectStatus(await client.get(repo1.manifest(`large-${run}`)), 200);
    expectBytes(reply, pushed.manifest.bytes);
    await repo1.tidy(pushed.manifest.digest);
  });
  for (const [what, chunks] of [
    ['huge', undefined],
    ['huge-chunked', 200],
  ] as const) {
    await check(`manifests/${what}`, 'a manifest of 40 MiB is 413 in the envelope', async () => {
      const body = Buffer.alloc(40 * MEBIBYTE, 0x20);
      const reply = await client.ask({
        method: 'PUT',
        path: repo1.manifest(`huge-${run}`),
        headers: { 'content-type': TYPES.manifest },
        body,
        ...(chunks ? { chunks } : {}),
      });
      expectError(reply, 413);
    });
  }
}

export const manifests: Category = {
  name: 'manifests',
  async run(suite) {
    await checkUnknown(suite);
    await checkPush(suite);
    await checkSizes(suite);
    await checkDeletion(suite);
    await checkRelations(suite);
  },
};

async function checkDeletion({ client, check, repo1, run }: Suite): Promise<void> {
  const statusOf = async (reference: string): Promise<number> =>
    (await client.head(repo1.manifest(reference))).status;
  await check('manifests/delete-tag', 'DELETE of a tag takes the tag alone', async () => {
    const { manifest } = await repo1.pushImage(`a-${run}`, image());
    expectStatus(await repo1.put(`b-${run}`, manifest), 201);
    expectStatus(await client.delete(repo1.manifest(`a-${run}`)), 202);
    const found = [await statusOf(`a-${run}`), await statusOf(`b-${run}`), await statusOf(manifest.digest)];
    expectEqual(found, [404, 200, 200], 'after the DELETE: tag, other tag and digest are');
    await repo1.tidy(manifest.digest);
  });
  await check(
    'manifests/delete-digest',
    'DELETE of a digest takes the manifest and all its tags',
    async () => {
      const { manifest } = await repo1.pushImage(`a-${run}`, image());
      expectStatus(await repo1.put(`b-${run}`, manifest), 201);
      expectStatus(await client.delete(repo1.manifest(manifest.digest)), 202);
      const found = [await statusOf(`a-${run}`), await statusOf(`b-${run}`), await statusOf(manifest.digest)];
      expectEqual(found, [404, 404, 404], 'after the DELETE: tag, other tag and digest are');
      expectError(await client.delete(repo1.manifest(manifest.digest)), 404);
    },
  );
  await check('manifests/delete-again', 'a deleted manifest can be pushed again', async () => {
    const pushed = await repo1.pushImage(`a-${run}`, image());
    expectStatus(await client.delete(repo1.manifest(pushed.manifest.digest)), 202);
    await repo1.pushImage(`a-${run}`, pushed);
    expectBytes(expectStatus(await client.get(repo1.manifest(`a-${run}`)), 200), pushed.manifest.bytes);
    await repo1.tidy(pushed.manifest.digest);
  });
}

async function checkRelations({ client, check, repo1, run }: Suite): Promise<void> {
  await check(
    'manifests/delete-child',
    'a child of an index that is kept is not taken from it (405)',
    async () => {
      const good = image();
      await repo1.pushImage(good.manifest.digest, good);
      const parent = document({ mediaType: TYPES.index, manifests: [describeManifest(good.manifest)] });
      expectStatus(await repo1.put(parent.digest, parent), 201);
      expectError(await client.delete(repo1.manifest(good.manifest.digest)), 405, 'UNSUPPORTED');
      for (const item of [parent, good.manifest])
        expectStatus(await client.delete(repo1.manifest(item.digest)), 202);
    },
  );
  await check('manifests/move-tag', 'a tag that is pushed again names the new manifest at once', async () => {
    const found: (string | undefined)[] = [];
    const wanted: PushedManifest[] = [];
    for (let i = 0; i < 3; i++) {
      const { manifest } = await repo1.pushImage(`moving-${run}`, image());
      wanted.push(manifest);
      const reply = expectStatus(await client.get(repo1.manifest(`moving-${run}`)), 200);
      found.push(content(reply.body).digest);
    }
    expectEqual(
      found,
      wanted.map(({ digest }) => digest),
      'the tag named',
    );
    await repo1.tidy(...wanted.map(({ digest }) => digest));
  });
  await check(
    'manifests/blob-is-none',
    'a blob is not served as a manifest, nor a manifest as a blob',
    async () => {
      const pushed = await repo1.pushImage(`kinds-${run}`, image());
      expectStatus(await client.get(repo1.manifest(pushed.config.digest)), 404);
      expectStatus(await client.get(repo1.blob(pushed.manifest.digest)), 404);
      await repo1.tidy(pushed.manifest.digest);
    },
  );
}
