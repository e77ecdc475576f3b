import { ALGORITHMS, digest, randomContent, type Content } from '../content.ts';
import { bodyDigest, expectError, expectStatus } from '../expect.ts';
import { Mismatch } from '../report.ts';
import type { Category, Suite } from '../suite.ts';
import { header } from '../transport.ts';
import { simpleStyles } from './blob-styles.ts';

export const badDigest: Category = {
  name: 'bad-digest',
  async run(suite) {
    const { client, check, repo1 } = suite;
    for (const algorithm of ALGORITHMS) {
      for (const style of simpleStyles) {
        const { size } = style;
        await check(
          `bad-digest/${algorithm}/${style.id}`,
          'bytes under a digest that is not theirs are 400 DIGEST_INVALID, and nothing is there after',
          async () => {
            const claimed: Content = {
              bytes: randomContent(size).bytes,
              digest: randomContent(size, algorithm).digest,
            };
            const reply = await style.push(suite, claimed);
            expectError(reply, 400, 'DIGEST_INVALID');
            expectStatus(await client.head(repo1.blob(claimed.digest)), 404);
          },
        );
      }
    }
    await checkMalformed(suite);
  },
};

async function checkMalformed({ client, check, repo1 }: Suite): Promise<void> {
  // Of the very bytes that are sent: nothing but its form can be wrong.
  const body = randomContent(30);
  const [, hex = ''] = body.digest.split(':');
  const bad = {
    'no-algorithm': hex,
    short: 'sha256:abc',
    long: `sha256:${hex}ab`,
    'upper-case': `sha256:${hex.toUpperCase()}`,
    'unknown-algorithm': `md5:${'ab'.repeat(16)}`,
    'no-hex': `sha256:${'zz'.repeat(32)}`,
    'wrong-algorithm': `sha512:${hex}`,
  };
  for (const [what, text] of Object.entries(bad)) {
    await check(`bad-digest/malformed/${what}`, 'a malformed digest is 400 DIGEST_INVALID', async () => {
      expectError(await repo1.finish(await repo1.start(), text, body.bytes), 400, 'DIGEST_INVALID');
      const post = { method: 'POST', path: `${repo1.uploads}?digest=${text}`, body: body.bytes };
      expectError(await client.ask(post), 400, 'DIGEST_INVALID');
      expectError(await client.get(repo1.blob(text)), [400, 404]);
      expectError(await client.delete(repo1.blob(text)), [400, 404]);
    });
  }
  await check(
    'bad-digest/mount-malformed',
    'a mount of a malformed digest is 202 or 400, no 201',
    async () => {
      const path = `${repo1.uploads}?mount=sha256:abc`;
      expectStatus(await client.ask({ method: 'POST', path }), 202, 400);
    },
  );
  await check(
    'bad-digest/digest-algorithm',
    'an unknown digest-algorithm is 400 DIGEST_INVALID',
    async () => {
      for (const name of ['md5', 'sha1', '', 'SHA256']) {
        const path = `${repo1.uploads}?digest-algorithm=${name}`;
        expectError(await client.ask({ method: 'POST', path }), 400, 'DIGEST_INVALID');
      }
    },
  );
  await check('bad-digest/truth', 'what is served under a digest has that digest', async () => {
    const blob = await repo1.push(randomContent(2000));
    const reply = expectStatus(await client.get(repo1.blob(blob.digest)), 200);
    if (bodyDigest(reply, 'sha256') !== blob.digest || digest(blob.bytes) !== blob.digest)
      throw new Mismatch(`${reply.asked}: other bytes (${header(reply, 'docker-content-digest')})`);
  });
}
