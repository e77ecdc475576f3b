import { decideProject } from '../access/decide.ts';
import {
  DIGEST_ALGORITHMS,
  digestAlgorithm,
  digestOf,
  isDigest,
  parseDigest,
  type Digest,
} from '../lib/digest.ts';
import { AppError } from '../lib/errors.ts';
import { parseContentRange } from '../lib/range.ts';
import { parseRepositoryName } from '../lib/reference.ts';
import type { MountSource } from '../domain/artifacts/index.ts';
import type { OciPath } from './paths.ts';
import type { OciRequest } from './types.ts';
import { bodyOf } from '../http/raw-body.ts';
import { queryOf } from './request.ts';

type StartRequest = OciRequest<Extract<OciPath, { kind: 'uploads' }>>;
type UploadRequest = OciRequest<Extract<OciPath, { kind: 'upload' }>>;

const uploadPath = (name: string, id: string): string => `/v2/${name}/blobs/uploads/${id}`;
/** `0-<last byte>`; an empty upload is written 0-0 as well, as docker's registry does. */
const rangeOf = (size: number): string => `0-${Math.max(0, size - 1)}`;

async function answerSession(
  { name, reply }: Pick<OciRequest, 'name' | 'reply'>,
  upload: { id: string; size: number; status: 202 | 204 },
): Promise<void> {
  reply
    .code(upload.status)
    .header('location', uploadPath(name.full, upload.id))
    .header('range', rangeOf(upload.size))
    .header('docker-upload-uuid', upload.id);
  // A 204 has no length (RFC 9110, section 8.6).
  if (upload.status === 202) reply.header('content-length', 0);
  await reply.send();
}

async function answerCreated(
  { name, reply }: Pick<OciRequest, 'name' | 'reply'>,
  digest: Digest,
): Promise<void> {
  await reply
    .code(201)
    .header('location', `/v2/${name.full}/blobs/${digest}`)
    .header('docker-content-digest', digest)
    .header('content-length', 0)
    .send();
}

/** The mount's source as `project/repository`; undefined (search) without one, null when it cannot exist here. */
async function findSource(
  { deps }: StartRequest,
  from: string | undefined,
): Promise<MountSource | undefined | null> {
  if (from === undefined || from === '') return undefined;
  try {
    const source = parseRepositoryName(from);
    const project = await deps.projects.findByName(source.project);
    return project ? { projectId: project.id, repository: source.path } : null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** A mount that cannot be served is an ordinary upload, never a refusal: containerd gives up on 401 and 403 here. */
async function tryMount(
  start: StartRequest,
  digestText: string,
  from: string | undefined,
): Promise<Digest | undefined> {
  if (!isDigest(digestText)) return undefined;
  const source = await findSource(start, from);
  if (source === null) return undefined;
  const { principal } = start.caller;
  const mayPull = async (projectId: number): Promise<boolean> => {
    const project = await start.deps.projects.findById(projectId);
    if (!project) return false;
    const roles =
      principal.kind === 'user' ? await start.deps.projects.rolesOf(principal.userId, projectId) : [];
    return decideProject(principal, 'repository:pull', { project, roles });
  };
  const mounted = await start.deps.blobs.mount(
    start.scope,
    { repository: start.name.path, digest: digestText },
    { source, mayPull },
  );
  return mounted ? digestText : undefined;
}

/** POST uploads: begins a session, or mounts, or takes a whole blob at once (`?digest=`). */
export async function startUpload(start: StartRequest): Promise<void> {
  const { request, scope, name, deps } = start;
  const query = queryOf(request);
  const algorithm = query.get('digest-algorithm');
  if (algorithm !== null && !(DIGEST_ALGORITHMS as readonly string[]).includes(algorithm)) {
    throw new AppError('digest_invalid', `digest-algorithm ${algorithm.slice(0, 40)}: use sha256 or sha512`);
  }
  const mount = query.get('mount');
  if (mount !== null) {
    const mounted = await tryMount(start, mount, query.get('from') ?? undefined);
    if (mounted) return answerCreated(start, mounted);
  }
  const digestText = query.get('digest');
  const digest = digestText === null ? undefined : parseDigest(digestText);
  const uploadId = await deps.blobs.startUpload(scope, name.path);
  const at = { repository: name.path, uploadId };
  if (!digest) return answerSession(start, { id: uploadId, size: 0, status: 202 });
  const size = await deps.blobs.append(scope, at, { offset: 0, source: bodyOf(request) });
  // Older clients name the digest here and send the bytes later.
  if (size === 0 && digest !== digestOf(new Uint8Array(), digestAlgorithm(digest)))
    return answerSession(start, { id: uploadId, size: 0, status: 202 });
  await deps.blobs.finishUpload(scope, at, digest);
  await answerCreated(start, digest);
}

/** GET and HEAD of an upload: how far it is. */
export async function getUpload(upload: UploadRequest): Promise<void> {
  const at = { repository: upload.name.path, uploadId: upload.path.id };
  const size = await upload.deps.blobs.uploadSize(upload.scope, at);
  await answerSession(upload, { id: at.uploadId, size, status: 204 });
}

/** Where the chunk begins, from Content-Range; without one it is appended. Throws 416 when it does not follow. */
function chunkStart(upload: UploadRequest, size: number): { offset: number; length?: number } {
  const header = upload.request.headers['content-range'];
  if (header === undefined) return { offset: size };
  const range = parseContentRange(header);
  const headers = { location: uploadPath(upload.name.full, upload.path.id), range: rangeOf(size) };
  if (!range)
    throw new AppError('range_invalid', `Content-Range ${header.slice(0, 80)}: write FIRST-LAST`, {
      headers,
    });
  if (range.start !== size) {
    throw new AppError(
      'range_invalid',
      `the chunk begins at byte ${range.start}, but ${size} bytes are here`,
      { headers },
    );
  }
  const length = range.end - range.start + 1;
  const declared = upload.request.headers['content-length'];
  if (declared !== undefined && Number(declared) !== length) {
    throw new AppError(
      'size_invalid',
      `Content-Range covers ${length} bytes, Content-Length says ${declared}`,
    );
  }
  return { offset: size, length };
}

async function appendChunk(upload: UploadRequest): Promise<number> {
  const { deps, scope, name, path, request } = upload;
  const at = { repository: name.path, uploadId: path.id };
  const size = await deps.blobs.uploadSize(scope, at);
  const { offset, length } = chunkStart(upload, size);
  const total = await deps.blobs.append(scope, at, { offset, source: bodyOf(request) });
  if (length !== undefined && total - offset !== length) {
    throw new AppError('size_invalid', `Content-Range covers ${length} bytes, but ${total - offset} came`);
  }
  return total;
}

/** PATCH: appends a chunk or a stream. */
export async function patchUpload(upload: UploadRequest): Promise<void> {
  const size = await appendChunk(upload);
  await answerSession(upload, { id: upload.path.id, size, status: 202 });
}

/** PUT: the last bytes, if any, and the digest of the whole. */
export async function finishUpload(upload: UploadRequest): Promise<void> {
  const text = queryOf(upload.request).get('digest');
  if (text === null) throw new AppError('digest_invalid', 'name the digest: PUT ...?digest=sha256:...');
  const digest = parseDigest(text);
  await appendChunk(upload);
  await upload.deps.blobs.finishUpload(
    upload.scope,
    { repository: upload.name.path, uploadId: upload.path.id },
    digest,
  );
  await answerCreated(upload, digest);
}

/** DELETE: the session and its bytes go. */
export async function cancelUpload({ deps, scope, name, path, reply }: UploadRequest): Promise<void> {
  await deps.blobs.cancelUpload(scope, { repository: name.path, uploadId: path.id });
  await reply.code(204).send();
}
