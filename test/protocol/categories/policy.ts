import { image } from '../content.ts';
import { expectBytes, expectError, expectHeader, expectStatus } from '../expect.ts';
import type { Category, Suite } from '../suite.ts';
import { refusedCases, takenCases, type Case } from './policy-cases.ts';

async function put({ client, repo1 }: Suite, { manifest, type }: Case, reference: string) {
  const sent = type === null ? undefined : (type ?? manifest.mediaType);
  return client.ask({
    method: 'PUT',
    path: repo1.manifest(reference),
    body: manifest.bytes,
    headers: sent === undefined ? {} : { 'content-type': sent },
  });
}

/** What is taken as a manifest and what is not; raw bytes in, the same bytes out. */
export const policy: Category = {
  name: 'policy',
  async run(suite) {
    const { client, check, repo1, run } = suite;
    const base = image();
    await check('policy/push', 'an image is pushed', () => repo1.pushImage(base.manifest.digest, base));
    const pushed: string[] = [];
    for (const item of takenCases(base)) {
      await check(`policy/taken/${item.id}`, `${item.what}: 201, and the same bytes come back`, async () => {
        const { manifest } = item;
        expectStatus(await put(suite, item, manifest.digest), 201);
        pushed.unshift(manifest.digest);
        const reply = expectStatus(await client.get(repo1.manifest(manifest.digest)), 200);
        expectHeader(reply, 'content-type', manifest.mediaType);
        expectBytes(reply, manifest.bytes);
      });
    }
    for (const item of refusedCases(base)) {
      const tag = `refused-${item.id}-${run}`;
      await check(`policy/refused/${item.id}`, `${item.what}: 400 MANIFEST_INVALID`, async () => {
        expectError(await put(suite, item, tag), 400, 'MANIFEST_INVALID');
        expectStatus(await client.head(repo1.manifest(tag)), 404);
      });
    }
    await repo1.tidy(...pushed, base.manifest.digest);
  },
};
