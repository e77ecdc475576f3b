import { deleteBlob, getBlob } from './blobs.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { listReferrers, listTags } from './lists.ts';
import { cancelUpload, finishUpload, getUpload, patchUpload, startUpload } from './uploads.ts';
import type { OciOperation } from './types.ts';
import type { OciPath } from './paths.ts';

type RepositoryPath = Exclude<OciPath['kind'], 'base' | 'catalog'>;
type Table = { readonly [K in RepositoryPath]: Readonly<Partial<Record<string, OciOperation<K>>>> };

const pull = { permission: 'repository:pull', actions: ['pull'] } as const;
const push = { permission: 'repository:push', actions: ['pull', 'push'] } as const;
const remove = { permission: 'artifact:delete', actions: ['delete'] } as const;

/**
 * Every operation on a repository (OCI distribution spec, "Endpoints"). Cancelling an upload
 * needs push, not delete: skopeo and go-containerregistry cancel with the token they push with.
 */
export const OPERATIONS: Table = {
  blob: {
    GET: { ...pull, handle: getBlob },
    HEAD: { ...pull, handle: getBlob },
    DELETE: { ...remove, handle: deleteBlob },
  },
  uploads: { POST: { ...push, handle: startUpload } },
  upload: {
    GET: { ...push, handle: getUpload },
    HEAD: { ...push, handle: getUpload },
    PATCH: { ...push, handle: patchUpload },
    PUT: { ...push, handle: finishUpload },
    DELETE: { ...push, handle: cancelUpload },
  },
  manifest: {
    GET: { ...pull, handle: getManifest },
    HEAD: { ...pull, handle: getManifest },
    PUT: { ...push, handle: putManifest },
    DELETE: { ...remove, handle: deleteManifest },
  },
  tags: { GET: { ...pull, handle: listTags }, HEAD: { ...pull, handle: listTags } },
  referrers: { GET: { ...pull, handle: listReferrers }, HEAD: { ...pull, handle: listReferrers } },
};
