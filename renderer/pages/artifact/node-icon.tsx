import {
  IconAnchor,
  IconCertificate,
  IconCpu,
  IconFile,
  IconFileText,
  IconPackage,
  IconSignature,
  IconStack2,
  IconTool,
} from '@tabler/icons-react';
import type { GraphNode } from '../../api/types.ts';
import { kindOfNode, type NodeKind } from './graph-facts.ts';

const icons: Record<NodeKind, typeof IconFile> = {
  index: IconStack2,
  platform: IconCpu,
  image: IconPackage,
  chart: IconAnchor,
  signature: IconSignature,
  sbom: IconFileText,
  provenance: IconTool,
  attestation: IconCertificate,
  unknown: IconFile,
};

/** The shape of what a node is; the word stands beside it. */
export function NodeIcon({ node }: { node: GraphNode }) {
  const Icon = icons[kindOfNode(node)];
  return <Icon size={16} stroke={1.75} aria-hidden className="b-node-icon" />;
}
