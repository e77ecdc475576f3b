import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { graphQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import { Digest } from '../../ui/digest.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { FailedState } from '../../ui/states.tsx';
import { nameOfNode, referrersOf, typeOfNode } from './graph-facts.ts';
import { NodeIcon } from './node-icon.tsx';

const mostShown = 6;

/** What refers to the artifact, beside the page: signatures, SBOMs, attestations. All of it is in its tab. */
export function ReferrersPanel({ place }: { place: ArtifactPlace }) {
  const { t } = useTranslation();
  const query = useQuery(graphQuery(place));
  const referrers = query.data && referrersOf(query.data);
  if (query.isError) {
    return (
      <FailedState
        what={t('artifact.referrersWhat')}
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return (
    <section className="b-panel" aria-label={t('artifact.referrers')}>
      <h2 className="b-panel-head">
        {t('artifact.referrers')}
        {referrers && referrers.length > 0 && <span className="b-state-chip">{referrers.length}</span>}
      </h2>
      {referrers?.length === 0 && <p className="b-panel-empty">{t('artifact.noReferrers')}</p>}
      {referrers && referrers.length > 0 && (
        <ul className="b-referrers">
          {referrers.slice(0, mostShown).map((node) => (
            <li key={node.digest}>
              <NodeIcon node={node} />
              <div className="b-referrer-words">
                <ArtifactLink {...place} digest={node.digest} className="b-name">
                  {nameOfNode(node, t)}
                </ArtifactLink>
                <span className="b-dim b-cut" title={node.artifact_type}>
                  {typeOfNode(node)}
                </span>
              </div>
              <Digest digest={node.digest} digits={6} copy="always" />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
