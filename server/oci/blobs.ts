import { sendChunks } from '../http/send-chunks.ts';
import { decideRange } from '../lib/range.ts';
import { AppError } from '../lib/errors.ts';
import { parseDigest } from '../lib/digest.ts';
import type { OciPath } from './paths.ts';
import type { OciRequest } from './types.ts';
import { layOutByteranges, writeByteranges } from './byteranges.ts';
import { isNotModified } from './conditional.ts';

type BlobRequest = OciRequest<Extract<OciPath, { kind: 'blob' }>>;

const BLOB_TYPE = 'application/octet-stream';

/** GET and HEAD of a blob: whole, one range or several (RFC 9110, section 14). */
export async function getBlob({ path, name, scope, deps, request, reply, keep }: BlobRequest): Promise<void> {
  const digest = parseDigest(path.digest);
  const size = await deps.blobs.find(scope, { repository: name.path, digest });
  if (size === undefined) throw new AppError('blob_unknown', `blob ${digest} is not in ${name.full}`);
  reply
    .header('docker-content-digest', digest)
    .header('etag', `"${digest}"`)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'private, max-age=31536000, immutable')
    .header('content-type', BLOB_TYPE);
  if (isNotModified(request, digest)) return void (await reply.code(304).send());
  const ifRange = request.headers['if-range'];
  const wanted = ifRange === undefined || ifRange === `"${digest}"` ? request.headers.range : undefined;
  const decision = decideRange(wanted, size);
  if (decision.kind === 'unsatisfiable') {
    throw new AppError('range_invalid', `the blob has ${size} bytes`, {
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  if (decision.kind === 'parts') {
    const body = layOutByteranges({ digest, contentType: BLOB_TYPE, sizeBytes: size }, decision.ranges);
    reply.code(206).header('content-type', body.contentType).header('content-length', body.totalBytes);
    if (request.method === 'HEAD') return void (await reply.send());
    return sendChunks(
      reply,
      writeByteranges(body, (range) => deps.blobs.read(digest, range)),
    );
  }
  const range = decision.kind === 'part' ? decision.range : undefined;
  const length = range ? range.end - range.start + 1 : size;
  reply.header('content-length', length);
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
  if (!range && (request.method === 'HEAD' || deps.blobs.isSmall(size)))
    keep({ body: () => deps.blobs.peek(digest), served: () => deps.blobs.noteSeen(digest) });
  if (request.method === 'HEAD' || length === 0) return void (await reply.send());
  const known = range ? undefined : deps.blobs.peek(digest);
  if (known) return void (await reply.send(known));
  return sendChunks(reply, await deps.blobs.read(digest, range ?? { start: 0, end: size - 1 }));
}

/** DELETE of a blob: it leaves the repository at once; other repositories keep theirs. */
export async function deleteBlob({ path, name, scope, deps, reply }: BlobRequest): Promise<void> {
  await deps.blobs.remove(scope, { repository: name.path, digest: parseDigest(path.digest) });
  await reply.code(202).header('content-length', 0).send();
}
