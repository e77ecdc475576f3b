import { OCI_INDEX } from '../lib/media-types.ts';
import { parseDigest } from '../lib/digest.ts';
import { parseReference } from '../lib/reference.ts';
import type { Referrer } from '../domain/artifacts/index.ts';
import type { OciPath } from './paths.ts';
import { pageSize, queryOf } from './request.ts';
import type { OciRequest } from './types.ts';

/** Entries in a page when the client does not say: below the 4 MiB that oras takes. */
const DEFAULT_TAGS = 10_000;
const MAX_TAGS = 10_000;
const REFERRERS_PAGE = 500;
/** Referrers carry their annotations, so a page also ends by size. */
const REFERRERS_BYTES = 3 * 1024 * 1024;

/** GET tags/list, in byte order. */
export async function listTags({
  name,
  scope,
  deps,
  request,
  reply,
}: OciRequest<Extract<OciPath, { kind: 'tags' }>>): Promise<void> {
  const query = queryOf(request);
  const limit = Math.min(pageSize(query) ?? DEFAULT_TAGS, MAX_TAGS);
  const found = await deps.listings.tags(scope, {
    repository: name.path,
    last: query.get('last') ?? '',
    limit: limit + 1,
  });
  const tags = found.slice(0, limit);
  const last = tags.at(-1);
  if (found.length > limit && last !== undefined) {
    reply.header(
      'link',
      `</v2/${name.full}/tags/list?n=${limit}&last=${encodeURIComponent(last)}>; rel="next"`,
    );
  }
  await reply
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify({ name: name.full, tags })));
}

function describe(referrer: Referrer): unknown {
  return {
    mediaType: referrer.mediaType,
    digest: referrer.digest,
    size: referrer.sizeBytes,
    ...(referrer.artifactType === null ? {} : { artifactType: referrer.artifactType }),
    ...(Object.keys(referrer.annotations).length === 0 ? {} : { annotations: referrer.annotations }),
  };
}

/** As many entries as fit a page, at least one. */
function fill(found: readonly Referrer[]): string[] {
  const entries: string[] = [];
  let bytes = 0;
  for (const referrer of found.slice(0, REFERRERS_PAGE)) {
    const text = JSON.stringify(describe(referrer));
    bytes += Buffer.byteLength(text) + 1;
    if (entries.length > 0 && bytes > REFERRERS_BYTES) break;
    entries.push(text);
  }
  return entries;
}

/** GET referrers: 200 with an empty index for what is not there (OCI distribution spec, "Listing Referrers"). */
export async function listReferrers({
  path,
  name,
  scope,
  deps,
  request,
  reply,
}: OciRequest<Extract<OciPath, { kind: 'referrers' }>>): Promise<void> {
  const subject = parseDigest(path.digest);
  const query = queryOf(request);
  const artifactType = query.get('artifactType') ?? undefined;
  const last = query.get('last') ?? '';
  if (last !== '') parseReference(last);
  const found = await deps.listings.referrers(scope, {
    repository: name.path,
    subject,
    artifactType,
    last,
    limit: REFERRERS_PAGE + 1,
  });
  const entries = fill(found);
  if (entries.length < found.length) {
    const next = new URLSearchParams({
      ...(artifactType === undefined ? {} : { artifactType }),
      last: found[entries.length - 1]?.digest ?? '',
    });
    reply.header('link', `</v2/${name.full}/referrers/${subject}?${next}>; rel="next"`);
  }
  if (artifactType !== undefined) reply.header('oci-filters-applied', 'artifactType');
  const body = `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${entries.join(',')}]}`;
  await reply.header('content-type', OCI_INDEX).send(Buffer.from(body));
}
