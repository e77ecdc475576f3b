import { locationOf, withQuery } from '../client.ts';
import { content, randomContent } from '../content.ts';
import { expectBytes, expectError, expectHeader, expectNoHeader, expectStatus } from '../expect.ts';
import { Mismatch, need } from '../report.ts';
import { rangeOf } from '../repository.ts';
import type { Category, Suite } from '../suite.ts';
import { header, type Reply } from '../transport.ts';

/** What clients read of the replies during an upload. */
async function checkReplies({ client, check, repo1 }: Suite): Promise<void> {
  await check(
    'uploads/post',
    'POST is 202 with Location, Range 0-0, Docker-Upload-UUID and no body',
    async () => {
      const reply = expectStatus(await client.ask({ method: 'POST', path: repo1.uploads }), 202);
      expectHeader(reply, 'range', '0-0');
      expectHeader(reply, 'docker-upload-uuid', /./);
      expectHeader(reply, 'content-length', '0');
      const path = locationOf(client, reply).split('?', 1)[0] ?? '';
      if (!path.startsWith(repo1.uploads) || !/^[\w.=-]+$/.test(path.slice(repo1.uploads.length)))
        throw new Mismatch(`Location ${path} is not below ${repo1.uploads}`);
      if (/[?&]digest=/.test(header(reply, 'location') ?? ''))
        throw new Mismatch('the Location holds a digest: containerd adds a second one');
      await client.delete(locationOf(client, reply));
    },
  );
  await check('uploads/patch', 'PATCH is 202 with Location, Range and Docker-Upload-UUID', async () => {
    const reply = expectStatus(await repo1.patch(await repo1.start(), Buffer.alloc(10)), 202);
    expectHeader(reply, 'range', '0-9');
    expectHeader(reply, 'docker-upload-uuid', /./);
    expectHeader(reply, 'content-length', '0');
    await client.delete(locationOf(client, reply));
  });
  await check('uploads/put', 'PUT is 201 with the blob’s Location and no body', async () => {
    const blob = randomContent(90);
    const reply = expectStatus(await repo1.finish(await repo1.start(), blob.digest, blob.bytes), 201);
    const location = locationOf(client, reply);
    if (location !== repo1.blob(blob.digest)) throw new Mismatch(`Location ${location}`);
    expectHeader(reply, 'content-length', '0');
  });
  await check('uploads/status', 'GET and HEAD of an upload are 204 with Location and Range', async () => {
    let path = await repo1.start();
    const digest = `digest=${randomContent(1).digest}`;
    for (const [bytes, range] of [
      [0, '0-0'],
      [25, '0-24'],
    ] as const) {
      if (bytes > 0) path = await repo1.append(path, Buffer.alloc(bytes));
      for (const reply of [
        await client.get(path),
        await client.head(path),
        await client.get(withQuery(path, digest)),
      ]) {
        expectStatus(reply, 204);
        expectHeader(reply, 'range', range);
        expectHeader(reply, 'location', /./);
        expectHeader(reply, 'docker-upload-uuid', /./);
      }
    }
    await client.delete(path);
  });
}

async function checkUnknown({ client, check, repo1, repo2 }: Suite): Promise<void> {
  const methods = ['GET', 'HEAD', 'PATCH', 'PUT', 'DELETE'] as const;
  const blob = content('x');
  const ask = (method: (typeof methods)[number], path: string): Promise<Reply> =>
    client.ask({
      method,
      path: method === 'PUT' ? withQuery(path, `digest=${blob.digest}`) : path,
      ...(method === 'PATCH' || method === 'PUT' ? { body: blob.bytes } : {}),
    });
  await check('uploads/unknown', 'every method on an unknown upload is 404 BLOB_UPLOAD_UNKNOWN', async () => {
    await client.delete(await repo1.start());
    const path = `${repo1.uploads}b4f0bd0f-6a0f-4c3c-8a7e-1e1ee4f1b7aa`;
    for (const method of methods) expectError(await ask(method, path), 404, 'BLOB_UPLOAD_UNKNOWN');
  });
  await check('uploads/other-repository', 'an upload is only there in its own repository', async () => {
    const path = await repo1.start();
    await client.delete(await repo2.start());
    const foreign = path.replace(repo1.uploads, repo2.uploads);
    for (const method of methods) expectError(await ask(method, foreign), 404, 'BLOB_UPLOAD_UNKNOWN');
    expectStatus(await client.delete(path), 204);
  });
  await check('uploads/finished', 'an upload is over once it was finished', async () => {
    const path = await repo1.start();
    expectStatus(await repo1.finish(path, blob.digest, blob.bytes), 201);
    for (const method of methods) expectError(await ask(method, path), 404, 'BLOB_UPLOAD_UNKNOWN');
  });
}

/** Requests as they come from clients that send less, or more, than the specification has. */
async function checkForms({ client, check, repo1 }: Suite): Promise<void> {
  const posts: Readonly<Record<string, { path?: string; headers?: Record<string, string> }>> = {
    'json-type': { headers: { 'content-type': 'application/json' } },
    'empty-type': { headers: { 'content-type': '' } },
    'malformed-type': { headers: { 'content-type': 'no/type/at all;' } },
    'no-slash': { path: repo1.uploads.slice(0, -1) },
    'extra-slash': { path: `${repo1.uploads}/` },
    'unknown-query': { path: `${repo1.uploads}?origin=here&ns=docker.io` },
    'empty-mount': { path: `${repo1.uploads}?mount=&from=` },
    'chunk-hint': { headers: { 'oci-chunk-min-length': '1' } },
  };
  for (const [what, { path = repo1.uploads, headers = {} }] of Object.entries(posts)) {
    await check(`uploads/post-${what}`, 'a POST of that form begins an upload (202)', async () => {
      const reply = expectStatus(await client.ask({ method: 'POST', path, headers }), 202);
      expectStatus(await client.delete(locationOf(client, reply)), 204);
    });
  }
  const types: Readonly<Record<string, Record<string, string>>> = {
    none: {},
    empty: { 'content-type': '' },
    json: { 'content-type': 'application/json' },
    form: { 'content-type': 'application/x-www-form-urlencoded' },
  };
  for (const [what, headers] of Object.entries(types)) {
    await check(`uploads/patch-type-${what}`, 'PATCH and PUT take bytes under any Content-Type', async () => {
      const blob = randomContent(3000);
      const path = await repo1.start();
      const patch = { method: 'PATCH', path, headers, body: blob.bytes.subarray(0, 1000), chunks: 2 };
      const next = locationOf(client, expectStatus(await client.ask(patch), 202));
      const put = { method: 'PUT', path: withQuery(next, `digest=${blob.digest}`), headers };
      expectStatus(await client.ask({ ...put, body: blob.bytes.subarray(1000) }), 201);
      expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
    });
  }
  await check('uploads/digest-first', 'a POST with digest and no bytes begins an upload', async () => {
    const blob = randomContent(50);
    const path = await repo1.start(`?digest=${blob.digest}`);
    expectStatus(await repo1.finish(path, blob.digest, blob.bytes), 201);
  });
  await check('uploads/range-on-whole', 'a PUT of all bytes may carry their Content-Range', async () => {
    const blob = randomContent(60);
    const reply = await repo1.finish(await repo1.start(), blob.digest, blob.bytes, rangeOf(0, 60));
    expectStatus(reply, 201);
  });
  await check('uploads/escaped-digest', 'the digest in a query may be percent-encoded', async () => {
    const blob = randomContent(70);
    const reply = await repo1.finish(await repo1.start(), encodeURIComponent(blob.digest), blob.bytes);
    expectStatus(reply, 201);
  });
}

async function checkRefusals({ client, check, repo1 }: Suite): Promise<void> {
  await check('uploads/no-digest', 'a PUT without digest is 400 and the upload goes on', async () => {
    const blob = randomContent(40);
    const path = await repo1.append(await repo1.start(), blob.bytes);
    expectError(await client.ask({ method: 'PUT', path }), 400, 'DIGEST_INVALID');
    expectStatus(await repo1.finish(path, blob.digest), 201);
  });
  await check('uploads/wrong-digest', 'after a PUT with a wrong digest the upload is over', async () => {
    const path = await repo1.start();
    const reply = await repo1.finish(path, randomContent(1).digest, Buffer.from('other'));
    expectError(reply, 400, 'DIGEST_INVALID');
    expectError(await client.get(path), 404, 'BLOB_UPLOAD_UNKNOWN');
  });
  await check(
    'uploads/size',
    'a Content-Range of another length than the body is 400 SIZE_INVALID',
    async () => {
      for (const chunks of [undefined, 2]) {
        const path = await repo1.start();
        const options = { headers: { 'content-range': '0-99' }, ...(chunks ? { chunks } : {}) };
        expectError(await repo1.patch(path, Buffer.alloc(50), options), 400, 'SIZE_INVALID');
        await client.delete(path);
      }
    },
  );
  await check('uploads/bad-range', 'a Content-Range that cannot be read is 400 or 416', async () => {
    const path = await repo1.start();
    for (const range of ['x', '-', '5', '9-3', '-5-9', '0-', '99999999999999999999-99999999999999999999']) {
      const reply = await repo1.patch(path, Buffer.alloc(5), { headers: { 'content-range': range } });
      expectStatus(reply, 400, 416);
    }
    expectHeader(expectStatus(await client.get(path), 204), 'range', '0-0');
    await client.delete(path);
  });
}

async function checkResume({ client, check, repo1 }: Suite): Promise<void> {
  await check('uploads/resume', 'a chunk that broke off is resumed from what its status says', async () => {
    const blob = randomContent(400_000);
    const path = await repo1.append(await repo1.start(), blob.bytes.subarray(0, 1000), { at: 0 });
    await client.cut({ method: 'PATCH', path, body: blob.bytes.subarray(1000) }, 200_000);
    const size = await settledSize(client, path);
    if (size < 1000 || size > 201_000) throw new Mismatch(`${size} bytes are there after 201000 were sent`);
    const rest = await repo1.patch(path, blob.bytes.subarray(size), { at: size });
    expectHeader(expectStatus(rest, 202), 'range', '0-399999');
    expectStatus(await repo1.finish(locationOf(client, rest), blob.digest), 201);
    expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
  });
  await check(
    'uploads/one-writer',
    'of two chunks sent at once one is taken, and its bytes are whole',
    async () => {
      const blob = randomContent(300_000);
      const path = await repo1.start();
      const both = [blob.bytes, blob.bytes].map((bytes) => repo1.patch(path, bytes, { at: 0, chunks: 50 }));
      const replies = await Promise.all(both);
      const taken = replies.filter(({ status }) => status === 202);
      const refused = replies.filter(({ status }) => status === 409 || status === 416);
      if (taken.length !== 1 || refused.length !== 1)
        throw new Mismatch(`the two were answered ${replies.map(({ status }) => status).join(' and ')}`);
      const next = locationOf(client, need(taken[0], 'chunk that was taken'));
      expectStatus(await repo1.finish(next, blob.digest), 201);
      expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
    },
  );
  await check('uploads/same-blob', 'eight uploads of one blob at once are all acknowledged', async () => {
    const blob = randomContent(100_000);
    await client.delete(await repo1.start());
    const push = async (): Promise<void> => {
      const path = await repo1.append(await repo1.start(), blob.bytes, { chunks: 4 });
      expectStatus(await repo1.finish(path, blob.digest), 201);
    };
    await Promise.all(Array.from({ length: 8 }, push));
    expectBytes(expectStatus(await client.get(repo1.blob(blob.digest)), 200), blob.bytes);
  });
  await check('uploads/not-before', 'bytes of an upload that is not finished are not there', async () => {
    const blob = randomContent(500);
    const path = await repo1.append(await repo1.start(), blob.bytes);
    expectStatus(await client.head(repo1.blob(blob.digest)), 404);
    await client.delete(path);
    expectStatus(await client.head(repo1.blob(blob.digest)), 404);
  });
}

/** Bytes received, once the server has noticed that nothing more comes. */
async function settledSize(client: Suite['client'], path: string): Promise<number> {
  let before = -1;
  for (let tries = 0; tries < 50; tries++) {
    const reply = expectStatus(await client.get(path), 204);
    expectNoHeader(reply, 'content-length');
    const size = Number(/^0-(\d+)$/.exec(header(reply, 'range') ?? '')?.[1] ?? Number.NaN) + 1;
    if (size === before) return size;
    before = size;
    await new Promise((done) => setTimeout(done, 200));
  }
  return before;
}

export const uploads: Category = {
  name: 'uploads',
  async run(suite) {
    await checkReplies(suite);
    await checkUnknown(suite);
    await checkForms(suite);
    await checkRefusals(suite);
    await checkResume(suite);
  },
};
