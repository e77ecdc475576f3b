import { isDigest, type Digest } from '../../lib/digest.ts';
import { DOCKER_CONFIG, OCI_CONFIG } from '../../lib/media-types.ts';
import { referrerType, type Manifest } from '../../lib/manifest.ts';

/** Harbor's types of what belongs to another artifact. */
export type AccessoryType =
  | 'signature.cosign'
  | 'signature.notation'
  | 'accelerator.nydus'
  | 'sbom.harbor'
  | 'subject.accessory';

/** What an artifact belongs to, and as what. */
export interface Accessory {
  /** May not be here (yet): a signature can be pushed before what it signs. */
  readonly subject: Digest;
  readonly type: AccessoryType;
}

const COSIGN_LAYER = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** By artifactType, else by the config's type as Harbor does. */
const TYPES: Readonly<Record<string, AccessoryType>> = {
  'application/vnd.cncf.notary.signature': 'signature.notation',
  'application/vnd.dev.cosign.artifact.sig.v1+json': 'signature.cosign',
  'application/vnd.dev.sigstore.bundle.v0.3+json': 'signature.cosign',
};
const SBOM = /^application\/vnd\.goharbor\.harbor\.sbom\./;
/** The last layer of an image that nydus can start before it is here. */
const NYDUS_BOOTSTRAP = 'containerd.io/snapshot/nydus-bootstrap';
const SIGNATURE_TAG = /^sha256-([0-9a-f]{64})\.sig$/;

function typeOf(manifest: Manifest): AccessoryType {
  const deciding = referrerType(manifest) ?? '';
  if (SBOM.test(deciding)) return 'sbom.harbor';
  const isImage = deciding === OCI_CONFIG || deciding === DOCKER_CONFIG;
  if (
    isImage &&
    manifest.kind === 'image' &&
    manifest.layers.at(-1)?.annotations[NYDUS_BOOTSTRAP] !== undefined
  )
    return 'accelerator.nydus';
  return Object.hasOwn(TYPES, deciding) ? (TYPES[deciding] ?? 'subject.accessory') : 'subject.accessory';
}

/**
 * What the manifest belongs to when it is pushed under these tags: its `subject`, or, of cosign's signatures without one,
 * what their tag `sha256-<hex>.sig` names. Undefined for an artifact of its own.
 */
export function accessoryOf(manifest: Manifest, tags: readonly string[]): Accessory | undefined {
  if (manifest.subject) return { subject: manifest.subject.digest, type: typeOf(manifest) };
  if (manifest.kind !== 'image' || !manifest.layers.some((layer) => layer.mediaType === COSIGN_LAYER))
    return undefined;
  for (const tag of tags) {
    const subject = `sha256:${SIGNATURE_TAG.exec(tag)?.[1] ?? ''}`;
    if (isDigest(subject)) return { subject, type: 'signature.cosign' };
  }
  return undefined;
}
