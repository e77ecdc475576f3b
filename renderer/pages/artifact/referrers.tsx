import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { TFunction } from 'i18next';
import { type ArtifactPlace, referrersQuery } from '../../api/artifacts.ts';
import type { Referrer } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { FailedState } from '../../ui/states.tsx';

/** What refers to the artifact: signatures, SBOMs, attestations. */
export function Referrers({ place }: { place: ArtifactPlace }) {
  const { t } = useTranslation();
  const query = useQuery(referrersQuery(place));
  const referrers = query.data?.referrers;
  return (
    <section className="b-panel" aria-label={t('artifact.referrers')}>
      <h2 className="b-panel-head">
        {t('artifact.referrers')}
        {referrers && referrers.length > 0 && <span className="b-state-chip">{referrers.length}</span>}
      </h2>
      {query.isError && (
        <FailedState
          what={t('artifact.referrersWhat')}
          error={query.error}
          onRetry={() => void query.refetch()}
        />
      )}
      {referrers?.length === 0 && <p className="b-panel-empty">{t('artifact.noReferrers')}</p>}
      {referrers && referrers.length > 0 && (
        <ul className="b-referrers">
          {referrers.map((referrer) => (
            <li key={referrer.digest}>
              <div className="b-referrer-words">
                <strong>{referrerKind(referrer, t)}</strong>
                <span className="b-dim b-cut" title={referrer.artifact_type}>
                  {(referrer.artifact_type || referrer.media_type).replace(/^application\//, '')}
                </span>
              </div>
              <Digest digest={referrer.digest} digits={6} copy="always" />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function referrerKind({ artifact_type: type }: Referrer, t: TFunction): string {
  if (/cosign|notary|signature|sigstore/.test(type)) return t('artifact.referrer.signature');
  if (/spdx|cyclonedx|sbom/.test(type)) return t('artifact.referrer.sbom');
  if (/in-toto|attest|slsa/.test(type)) return t('artifact.referrer.attestation');
  return t('artifact.kind.unknown');
}
