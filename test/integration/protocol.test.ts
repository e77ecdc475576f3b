import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareBerth } from '#test/protocol/prepare.ts';
import type { Report } from '#test/protocol/report.ts';
import { runSuite } from '#test/protocol/suite.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { startDockerRegistry, type PeerRegistry } from '#test/support/docker-registry.ts';
import { missingCommands } from '#test/support/process.ts';

const failed = (report: Report): readonly string[] =>
  report.results.filter(({ passed }) => !passed).map(({ id, came }) => `${id}: ${came ?? ''}`);
const passed = (report: Report): readonly string[] =>
  report.results.filter((result) => result.passed).map(({ id }) => id);

describe('the protocol suite on Berth, in private projects', () => {
  const repositories = { repo1: 'protocol/r1', repo2: 'protocol-other/r2' };
  let berth: Berth;
  beforeAll(async () => {
    berth = await startBerth();
    await prepareBerth(berth.origin, { user: 'admin', password: berth.adminPassword }, repositories);
  });
  afterAll(() => berth.dispose());

  const run = (): Promise<Report> =>
    runSuite({ url: berth.origin, user: 'admin', password: berth.adminPassword, ...repositories });

  it('passes whole, signed in, and again on what the first run left', async () => {
    for (const round of ['first', 'second']) {
      const report = await run();
      expect(failed(report), `the ${round} run`).toEqual([]);
      expect(report.leftOut, `the ${round} run`).toEqual([]);
      expect(report.results.length).toBeGreaterThan(750);
    }
  });
});

/** What docker-registry 2.8.2 is known to lack, as the ids of checks that must find it. */
const LACKING = [
  // No referrers API.
  'empty/referrers',
  'referrers/unknown',
  'referrers/list',
  'referrers/filter-match',
  'referrers/pages',
  'data-sets/artifacts-with-subject/referrers',
  'data-sets/index-with-subject/referrers',
  'data-sets/missing-subject/referrers',
  // No OCI-Subject.
  'referrers/subject-header',
  'data-sets/artifacts-with-subject/oci-subject',
  'data-sets/index-with-subject/oci-subject',
  // A mount names its source, or is none.
  'blobs/sha256/mount-anonymous',
  'blobs/sha512/mount-anonymous',
  // Blobs pushed as sha512 are answered as sha256.
  'blobs/sha512/post-put/digest-header',
  'blobs/sha512/chunked/digest-header',
  'blobs/sha512/stream/get',
  'well-known/sha512/empty-object/digest-header',
  // A POST with the digest and the bytes begins an upload.
  'blobs/sha256/post-only',
  'blobs/sha512/post-only',
  // All blobs and children have to be there.
  'data-sets/sparse-image/push-manifests',
  'data-sets/sparse-index/push-manifests',
  'policy/taken/missing-child',
  // Nothing of the tag parameters, and no order of tags.
  'data-sets/tag-param-sha256/oci-tag',
  'tag-parameters/sha256/12',
  'tags/last-unknown',
  'tags/pages-of-3',
  'data-sets/image/delete-tags',
  // Chunks out of order are taken.
  'blobs/sha256/disordered-patch',
  // Its own ways with headers.
  'ping/get',
  'every-reply/json-type',
  'every-reply/nosniff',
  'every-reply/relative-location',
  'every-reply/no-server-error',
];

/** What it does as every registry: were one of these to fail, the suite would be wrong. */
const WORKING = [
  'ping/head',
  'empty/tags',
  'empty/blob',
  'blobs/sha256/post-put',
  'blobs/sha256/post-put/head',
  'blobs/sha256/post-put/get',
  'blobs/sha256/post-put/location',
  'blobs/sha256/post-put/delete',
  'blobs/sha256/chunked',
  'blobs/sha256/stream',
  'blobs/sha256/chunks',
  'blobs/sha256/mount',
  'blobs/sha256/mount-missing',
  'blobs/sha256/cancel',
  'uploads/post',
  'uploads/patch',
  'uploads/put',
  'uploads/status',
  'uploads/post-json-type',
  'uploads/not-before',
  'range/first-last',
  'range/suffix',
  'range/several-two',
  'well-known/sha256/zero-bytes/get',
  'bad-digest/sha256/post-put',
  'manifests/put',
  'manifests/head',
  'manifests/delete-digest',
  'manifests/missing-blobs',
  'policy/taken/docker-schema-2',
  'policy/taken/spacing',
  'policy/refused/schema-1-signed',
  'names/good/like-uploads',
  'names/bad/upper-case',
  'data-sets/image/push-blobs',
  'data-sets/image/push-manifests',
  'data-sets/image/push-tags',
  'data-sets/image/get',
  'data-sets/image/delete-manifests',
  'data-sets/index/get',
  'data-sets/large-manifest/get',
  'data-sets/bad-digest-image',
  'every-reply/no-encoding',
  'every-reply/lengths',
];

describe.skipIf(missingCommands('docker-registry').length > 0)(
  'the protocol suite on docker-registry',
  () => {
    let peer: PeerRegistry;
    let report: Report;
    beforeAll(async () => {
      peer = await startDockerRegistry();
      report = await runSuite({ url: peer.origin });
    });
    afterAll(() => peer.dispose());

    it('finds what that one is known to lack', () => {
      expect(LACKING.filter((id) => passed(report).includes(id))).toEqual([]);
      const ids = report.results.map(({ id }) => id);
      expect(
        LACKING.filter((id) => !ids.includes(id)),
        'no such check',
      ).toEqual([]);
    });

    it('finds no fault where there is none', () => {
      expect(WORKING.filter((id) => !passed(report).includes(id))).toEqual([]);
    });

    it('says that it asked nothing about accounts, since none was given', () => {
      expect(report.leftOut.map(({ category }) => category)).toEqual(['auth', 'token']);
    });
  },
);

it('the protocol suite says so when there is no registry', async () => {
  await expect(runSuite({ url: 'http://127.0.0.1:9', timeoutMs: 2000 })).rejects.toThrow('ECONNREFUSED');
});
