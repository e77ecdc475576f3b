import { parseDigest } from '../lib/digest.ts';
import { AppError } from '../lib/errors.ts';
import { MANIFEST_MAX_BYTES } from '../lib/manifest.ts';
import { parseReference, parseTag } from '../lib/reference.ts';
import { isNotModified } from './conditional.ts';
import type { OciPath } from './paths.ts';
import { queryOf, readBody } from './request.ts';
import type { OciRequest } from './types.ts';

type ManifestRequest = OciRequest<Extract<OciPath, { kind: 'manifest' }>>;

/** More tags than this in one push are refused with 414 (the specification asks for at least 10). */
const MAX_TAGS = 100;

/** GET and HEAD of a manifest: the stored bytes under their stored type, whatever Accept says. */
export async function getManifest({
  path,
  name,
  scope,
  deps,
  request,
  reply,
  keep,
}: ManifestRequest): Promise<void> {
  const reference = parseReference(path.reference);
  const manifest = await deps.manifests.get(scope, { repository: name.path, reference });
  reply.header('docker-content-digest', manifest.digest).header('etag', `"${manifest.digest}"`);
  if (isNotModified(request, manifest.digest)) return void (await reply.code(304).send());
  reply.header('content-type', manifest.mediaType).header('content-length', manifest.bytes.byteLength);
  const isPull = request.method === 'GET';
  const count = deps.manifests.pullCounter(scope, { repository: name.path, reference, manifest });
  keep({ body: () => manifest.bytes, served: (by) => isPull && count(by) });
  if (!isPull) return void (await reply.send());
  count(scope);
  // A Buffer: to a string Fastify would add a charset, which clients compare and refuse.
  await reply.send(manifest.bytes);
}

/**
 * PUT of a manifest by tag, or by digest with any number of `?tag=`. By tag, `?digest=` names the digest to keep it under:
 * regclient's way to tag a sha512 manifest.
 */
export async function putManifest({
  path,
  name,
  scope,
  deps,
  request,
  reply,
}: ManifestRequest): Promise<void> {
  const reference = parseReference(path.reference);
  const query = queryOf(request);
  const asked = query.getAll('tag');
  if (asked.length > MAX_TAGS)
    throw new AppError('uri_too_long', `at most ${MAX_TAGS} tags can be given at once`);
  const tags = [...new Set(asked.map(parseTag))];
  const named = query.get('digest');
  const wanted = named === null ? undefined : parseDigest(named);
  const bytes = await readBody(request, MANIFEST_MAX_BYTES);
  const pushed = await deps.manifests.push(scope, {
    repository: name.path,
    bytes,
    contentType: request.sentContentType,
    digest: reference.kind === 'digest' ? reference.digest : wanted,
    tags: reference.kind === 'tag' ? [reference.tag, ...tags.filter((tag) => tag !== reference.tag)] : tags,
  });
  reply
    .code(201)
    .header('location', `/v2/${name.full}/manifests/${pushed.digest}`)
    .header('docker-content-digest', pushed.digest)
    .header('content-length', 0);
  if (pushed.subject) reply.header('oci-subject', pushed.subject);
  if (tags.length > 0) reply.header('oci-tag', tags.join(', '));
  await reply.send();
}

/** DELETE by tag removes the tag alone, by digest the manifest and its tags. */
export async function deleteManifest({ path, name, scope, deps, reply }: ManifestRequest): Promise<void> {
  const reference = parseReference(path.reference);
  await deps.manifests.remove(scope, { repository: name.path, reference });
  await reply.code(202).header('content-length', 0).send();
}
