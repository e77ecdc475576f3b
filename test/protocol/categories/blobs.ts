import { locationOf } from '../client.ts';
import { ALGORITHMS, content, randomContent, type Algorithm, type Content } from '../content.ts';
import { expectBytes, expectError, expectHeader, expectStatus } from '../expect.ts';
import { need } from '../report.ts';
import type { Category, Suite } from '../suite.ts';
import type { Reply } from '../transport.ts';
import { disorderedStyles, mountStyles, simpleStyles, type Style } from './blob-styles.ts';

/** What must hold of a blob once it was acknowledged, to its end. */
async function checkLife(
  { client, check, repo1 }: Suite,
  id: string,
  { blob, reply }: { blob: Content; reply: Reply | undefined },
): Promise<void> {
  const size = String(blob.bytes.length);
  const path = repo1.blob(blob.digest);
  await check(`${id}/digest-header`, 'the 201 carries Docker-Content-Digest, as it was pushed', () => {
    expectHeader(need(reply, 'acknowledged push'), 'docker-content-digest', blob.digest);
    return Promise.resolve();
  });
  await check(`${id}/head`, 'HEAD is 200 with length, digest and type', async () => {
    const head = expectStatus(await client.head(path), 200);
    expectHeader(head, 'content-length', size);
    expectHeader(head, 'docker-content-digest', blob.digest);
    expectHeader(head, 'content-type', 'application/octet-stream');
  });
  await check(`${id}/get`, 'GET is 200 with the bytes, their length and digest', async () => {
    const got = expectStatus(await client.get(path), 200);
    expectBytes(got, blob.bytes);
    expectHeader(got, 'content-length', size);
    expectHeader(got, 'docker-content-digest', blob.digest);
  });
  await check(`${id}/location`, 'GET of the Location that came with the 201 is 200', async () => {
    const location = locationOf(client, need(reply, 'acknowledged push'));
    expectBytes(expectStatus(await client.get(location), 200), blob.bytes);
  });
  await check(`${id}/delete`, 'DELETE is 202, and HEAD and GET are 404 at once', async () => {
    expectStatus(await client.delete(path), 202);
    expectStatus(await client.head(path), 404);
    expectError(await client.get(path), 404, 'BLOB_UNKNOWN', 'NAME_UNKNOWN');
    expectError(await client.delete(path), 404, 'BLOB_UNKNOWN', 'NAME_UNKNOWN');
  });
}

async function runStyle(suite: Suite, algorithm: Algorithm, style: Style): Promise<void> {
  const id = `blobs/${algorithm}/${style.id}`;
  const blob = randomContent(style.size, algorithm);
  const reply = await suite.check(id, style.expected, async () =>
    expectStatus(await style.push(suite, blob), 201),
  );
  await checkLife(suite, id, { blob, reply });
}

async function checkMissing({ client, check, repo1, repo2 }: Suite, algorithm: Algorithm): Promise<void> {
  const id = `blobs/${algorithm}`;
  const unknown = randomContent(100, algorithm).digest;
  await check(`${id}/get-missing`, 'GET and HEAD of an unknown blob are 404', async () => {
    expectError(await client.get(repo1.blob(unknown)), 404, 'BLOB_UNKNOWN', 'NAME_UNKNOWN');
    expectStatus(await client.head(repo1.blob(unknown)), 404);
    expectError(await client.delete(repo1.blob(unknown)), 404, 'BLOB_UNKNOWN', 'NAME_UNKNOWN');
  });
  for (const [what, query] of [
    ['mount-missing', `?mount=${unknown}&from=${repo2.name}`],
    ['mount-missing-anonymous', `?mount=${unknown}`],
    ['mount-missing-source', `?mount=${unknown}&from=${repo2.name}/nothing/here`],
    ['mount-bad-source', `?mount=${unknown}&from=NOT..A/NAME`],
  ] as const) {
    await check(
      `${id}/${what}`,
      'a mount that cannot be is 202, an upload that can be finished',
      async () => {
        const path = await repo1.start(query);
        expectStatus(await client.delete(path), 204);
      },
    );
  }
  await check(`${id}/cancel`, 'DELETE of an upload is 204, and it is 404 from then on', async () => {
    const path = await repo1.append(await repo1.start(), Buffer.from('some bytes'));
    expectStatus(await client.delete(path), 204);
    expectError(await client.get(path), 404, 'BLOB_UPLOAD_UNKNOWN');
    expectError(await client.delete(path), 404, 'BLOB_UPLOAD_UNKNOWN');
  });
  await check(`${id}/declared`, 'an upload begun with digest-algorithm is finished with it', async () => {
    const blob = randomContent(700, algorithm);
    const begun = await repo1.start(`?digest-algorithm=${algorithm}`);
    const path = await repo1.append(begun, blob.bytes.subarray(0, 300));
    expectStatus(await repo1.finish(path, blob.digest, blob.bytes.subarray(300)), 201);
    expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
  });
}

export const blobs: Category = {
  name: 'blobs',
  async run(suite) {
    for (const algorithm of ALGORITHMS) {
      await checkMissing(suite, algorithm);
      for (const style of [...simpleStyles, ...disorderedStyles, ...mountStyles])
        await runStyle(suite, algorithm, style);
    }
    const { client, check, repo1, repo2 } = suite;
    await check('blobs/link', 'a deleted blob stays in the repository it was mounted from', async () => {
      const blob = await repo2.push(randomContent(300));
      const mount = { method: 'POST', path: `${repo1.uploads}?mount=${blob.digest}&from=${repo2.name}` };
      expectStatus(await client.ask(mount), 201);
      expectStatus(await client.delete(repo1.blob(blob.digest)), 202);
      expectStatus(await client.head(repo1.blob(blob.digest)), 404);
      expectBytes(expectStatus(await client.get(repo2.blob(blob.digest)), 200), blob.bytes);
    });
    await check('blobs/again', 'a blob that was deleted can be pushed again', async () => {
      const blob = await repo1.push(randomContent(300));
      expectStatus(await client.delete(repo1.blob(blob.digest)), 202);
      await repo1.push(blob);
      expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
    });
    await check('blobs/two-digests', 'the same bytes are there under both of their digests', async () => {
      const both = randomContent(400, 'sha256');
      const other = content(both.bytes, 'sha512');
      await repo1.push(both);
      await repo1.push(other);
      for (const item of [both, other]) {
        const reply = expectStatus(await client.get(repo1.blob(item.digest)), 200);
        expectHeader(reply, 'docker-content-digest', item.digest);
        expectBytes(reply, item.bytes);
      }
    });
  },
};

/** The zero-byte blob and the two-byte object that every client knows. */
export const wellKnown: Category = {
  name: 'well-known',
  async run(suite) {
    for (const algorithm of ALGORITHMS) {
      for (const [what, text] of [
        ['zero-bytes', ''],
        ['empty-object', '{}'],
      ] as const) {
        const blob = content(text, algorithm);
        const id = `well-known/${algorithm}/${what}`;
        const reply = await suite.check(id, 'it is pushed with POST and PUT', async () =>
          expectStatus(await suite.repo1.finish(await suite.repo1.start(), blob.digest, blob.bytes), 201),
        );
        await checkLife(suite, id, { blob, reply });
        await suite.check(`${id}/post-only`, 'one POST with its digest is 201', async () => {
          const single = simpleStyles.find((style) => style.id === 'post-only');
          expectStatus(await need(single, 'such style').push(suite, blob), 201);
        });
      }
    }
  },
};
