import { OCI_INDEX } from '../lib/media-types.ts';
import { parseDigest } from '../lib/digest.ts';
import { parseReference } from '../lib/reference.ts';
import type { Referrer } from '../domain/artifacts/index.ts';
import type { OciPath } from './paths.ts';
import { pageSize, queryOf } from './request.ts';
import type { OciRequest } from './types.ts';

/** A page's JSON ends below the 4 MiB that oras takes. */
const PAGE_BYTES = 3 * 1024 * 1024;
/** Tags read at a time, so that a long list lets other requests in between. */
const TAGS_READ = 5000;
const REFERRERS_PAGE = 500;

interface TagPage {
  readonly tags: readonly string[];
  /** Whether there are tags behind the page. */
  readonly more: boolean;
}

/** Tags behind `last`, in byte order: as many as are wanted, or as a page holds. */
async function readTags(
  { name, scope, deps }: Pick<OciRequest, 'name' | 'scope' | 'deps'>,
  page: { last: string; wanted: number },
): Promise<TagPage> {
  const tags: string[] = [];
  let bytes = 0;
  for (let { last } = page; ;) {
    const limit = Math.min(TAGS_READ, page.wanted - tags.length + 1);
    const found = await deps.listings.tags(scope, { repository: name.path, last, limit });
    for (const tag of found) {
      // A tag is ASCII; quotes and a comma come with it.
      bytes += tag.length + 3;
      if (tags.length === page.wanted || bytes > PAGE_BYTES) return { tags, more: true };
      tags.push(tag);
    }
    if (found.length < limit) return { tags, more: false };
    last = tags.at(-1) ?? '';
  }
}

/** GET tags/list, in byte order: without `n` all tags, as far as a client takes them at once. */
export async function listTags(list: OciRequest<Extract<OciPath, { kind: 'tags' }>>): Promise<void> {
  const { name, request, reply } = list;
  const query = queryOf(request);
  const n = pageSize(query);
  const page = await readTags(list, { last: query.get('last') ?? '', wanted: n ?? Number.POSITIVE_INFINITY });
  const last = page.tags.at(-1);
  if (page.more && last !== undefined) {
    const next = `${n === undefined ? '' : `n=${n}&`}last=${encodeURIComponent(last)}`;
    reply.header('link', `</v2/${name.full}/tags/list?${next}>; rel="next"`);
  }
  await reply
    .header('content-type', 'application/json')
    .send(Buffer.from(JSON.stringify({ name: name.full, tags: page.tags })));
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
    if (entries.length > 0 && bytes > PAGE_BYTES) break;
    entries.push(text);
  }
  return entries;
}

/** The filter asked for; none when it is empty. */
function artifactTypeOf(query: URLSearchParams): string | undefined {
  const type = query.get('artifactType');
  if (type === null || type === '') return undefined;
  // In `application/spdx+json`, written without escapes, the plus was read as a space; only parameters have spaces.
  return type.includes(';') ? type : type.replaceAll(' ', '+');
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
  const artifactType = artifactTypeOf(query);
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
