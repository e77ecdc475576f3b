import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { graphQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import type { ArtifactGraph, GraphNode } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { shortDigest } from '../../ui/format.ts';
import { ArtifactLink } from '../../ui/links.tsx';
import { Size } from '../../ui/size.tsx';
import { EmptyState, FailedState, SkeletonRows } from '../../ui/states.tsx';
import { nameOfNode, typeOfNode } from './graph-facts.ts';
import { GraphPicture } from './graph-picture.tsx';
import { NodeIcon } from './node-icon.tsx';

/** The artifact amid what belongs to it: a picture, and the same as a table. */
export function ReferrersTab({ place }: { place: ArtifactPlace }) {
  const { t } = useTranslation();
  const query = useQuery(graphQuery(place));
  const graph = query.data;
  if (query.isError && !graph) {
    return (
      <FailedState
        what={t('artifact.referrersWhat')}
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (!graph) return <SkeletonRows />;
  if (graph.nodes.length === 1) {
    return (
      <EmptyState text={t('artifact.noRelations')}>
        <p>{t('artifact.noRelationsHelp')}</p>
      </EmptyState>
    );
  }
  return (
    <>
      <GraphPicture graph={graph} place={place} />
      {graph.truncated && <p className="b-dim b-graph-note">{t('artifact.graphTruncated')}</p>}
      <RelationsTable graph={graph} place={place} />
    </>
  );
}

/** How a node stands to another, in words, from the edges that begin or end at it. */
function useRelation(graph: ArtifactGraph): (node: GraphNode) => string {
  const { t } = useTranslation();
  const names = new Map(graph.nodes.map((node) => [node.digest, node]));
  const named = (digest: string): string => {
    if (digest === graph.digest) return t('artifact.relation.itself');
    const node = names.get(digest);
    return node ? `${nameOfNode(node, t)} ${shortDigest(digest, 6)}` : shortDigest(digest, 6);
  };
  return (node) => {
    if (node.digest === graph.digest) return t('artifact.relation.this');
    const up = graph.edges.find((edge) => edge.from === node.digest && edge.kind === 'refers');
    if (up) return t('artifact.relation.refers', { to: named(up.to) });
    const part = graph.edges.find((edge) => edge.to === node.digest && edge.kind === 'lists');
    if (part) return t('artifact.relation.listed', { by: named(part.from) });
    const lists = graph.edges.some((edge) => edge.from === node.digest && edge.kind === 'lists');
    return t(lists ? 'artifact.relation.lists' : 'artifact.relation.subject', { what: named(graph.digest) });
  };
}

function RelationsTable({ graph, place }: { graph: ArtifactGraph; place: ArtifactPlace }) {
  const { t } = useTranslation();
  const relationOf = useRelation(graph);
  return (
    <div className="b-panel b-steps b-relations">
      <table>
        <thead>
          <tr>
            <th>{t('artifact.relationWhat')}</th>
            <th>{t('artifact.relationTo')}</th>
            <th className="b-relation-type">{t('artifact.type')}</th>
            <th className="b-relation-digest">{t('artifact.digest')}</th>
            <th className="b-step-size">{t('artifact.size')}</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.digest} aria-current={node.digest === graph.digest || undefined}>
              <td>
                <span className="b-icon-word">
                  <NodeIcon node={node} />
                  {node.stored && node.digest !== graph.digest ? (
                    <ArtifactLink {...place} digest={node.digest} className="b-name b-cut">
                      {nameOfNode(node, t)}
                    </ArtifactLink>
                  ) : (
                    <span className="b-cut">{nameOfNode(node, t)}</span>
                  )}
                  {!node.stored && <span className="b-state-chip">{t('artifact.notHere')}</span>}
                </span>
              </td>
              <td className="b-cut">{relationOf(node)}</td>
              <td className="b-cut b-dim" title={node.artifact_type || node.media_type}>
                {typeOfNode(node)}
              </td>
              <td>
                <Digest digest={node.digest} />
              </td>
              <td className="b-step-size">{node.stored && <Size bytes={node.size} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
