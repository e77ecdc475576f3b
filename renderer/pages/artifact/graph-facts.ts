import type { TFunction } from 'i18next';
import type { ArtifactGraph, GraphNode } from '../../api/types.ts';
import { platformName } from '../repository/artifact-facts.ts';

/** What a node of the graph is, for its word and its icon. */
export type NodeKind =
  | 'index'
  | 'platform'
  | 'image'
  | 'chart'
  | 'signature'
  | 'sbom'
  | 'provenance'
  | 'attestation'
  | 'unknown';

/** By the predicates that attestations state, then by the type. */
export function kindOfNode(node: GraphNode): NodeKind {
  const { artifact_type: type, media_type: media, predicate_types: predicates } = node;
  if (predicates.length > 0 && predicates.every((predicate) => /spdx|cyclonedx/i.test(predicate)))
    return 'sbom';
  if (predicates.length > 0 && predicates.every((predicate) => /provenance/i.test(predicate)))
    return 'provenance';
  if (predicates.length > 0) return 'attestation';
  if (/cosign|notary|signature|sigstore/.test(type)) return 'signature';
  if (/spdx|cyclonedx|sbom/.test(type)) return 'sbom';
  if (/in-toto|attest|slsa/.test(type)) return 'attestation';
  if (/image\.index|manifest\.list/.test(media)) return 'index';
  if (node.platform) return node.platform.architecture === 'unknown' ? 'attestation' : 'platform';
  if (node.kind === 'CHART') return 'chart';
  return node.kind === 'IMAGE' ? 'image' : 'unknown';
}

/** The node in words: of a platform its name. */
export function nameOfNode(node: GraphNode, t: TFunction): string {
  const kind = kindOfNode(node);
  if (kind === 'platform' && node.platform) return platformName(node.platform);
  return t(`artifact.node.${kind}`);
}

/** What stands below the word: the type, or what attestations state, without what all have in common. */
export function typeOfNode(node: GraphNode): string {
  const [predicate] = node.predicate_types;
  const full = predicate ?? (node.artifact_type || node.media_type);
  return full.replace(/^application\//, '').replace(/^https?:\/\//, '');
}

/** Digests that refer to the artifact itself. */
export function referrersOf(graph: ArtifactGraph): GraphNode[] {
  const digests = new Set(
    graph.edges.filter((edge) => edge.kind === 'refers' && edge.to === graph.digest).map((edge) => edge.from),
  );
  return graph.nodes.filter((node) => digests.has(node.digest));
}
