import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Artifact, ArtifactContent } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { formatDateTime, formatSize } from '../../ui/format.ts';
import { kindOf, platformName, platformsOf } from '../repository/artifact-facts.ts';

export interface DetailsProps {
  artifact: Artifact;
  content: ArtifactContent | undefined;
  /** The chosen platform of an index. */
  platform: ArtifactContent['platforms'][number] | undefined;
}

export function Details({ artifact, content, platform }: DetailsProps) {
  const { t, i18n } = useTranslation();
  const annotations = { ...content?.annotations, ...artifact.annotations };
  const size = formatSize(artifact.size);
  const layers = content && t('count.layers', { count: content.layers.length });
  const created = content?.config?.created ?? annotations['org.opencontainers.image.created'];
  const own = platform ? undefined : platformsOf(artifact)[0];
  const platforms = t('count.platforms', { count: platformsOf(artifact).length });
  return (
    <section className="b-panel" aria-label={t('artifact.details')}>
      <h2 className="b-panel-head">{t('artifact.details')}</h2>
      <dl className="b-facts">
        <Fact name={t('artifact.digest')}>
          <Digest digest={artifact.digest} copy="always" />
        </Fact>
        <Fact name={t('artifact.type')}>{kindOf(artifact, t)}</Fact>
        <Fact name={t('artifact.size')}>
          {platform
            ? t('artifact.sizePlatforms', { size, platforms })
            : layers
              ? t('artifact.sizeLayers', { size, layers })
              : size}
        </Fact>
        {platform && (
          <>
            <Fact name={t('artifact.thisPlatform')}>
              {layers
                ? t('artifact.sizeLayers', { size: formatSize(platform.size), layers })
                : formatSize(platform.size)}
            </Fact>
            <Fact name={t('artifact.thisDigest')}>
              <Digest digest={platform.digest} copy="always" />
            </Fact>
          </>
        )}
        {own && <Fact name={t('artifact.platform')}>{platformName(own)}</Fact>}
        {isRealDate(created) && (
          <Fact name={t('artifact.created')}>{formatDateTime(created, i18n.language)}</Fact>
        )}
        <ChartFacts artifact={artifact} />
        {content?.config?.author && <Fact name={t('artifact.author')}>{content.config.author}</Fact>}
        <Annotation name={t('artifact.version')} value={annotations['org.opencontainers.image.version']} />
        <Annotation
          name={t('artifact.revision')}
          value={annotations['org.opencontainers.image.revision']?.slice(0, 12)}
        />
        <Annotation name={t('artifact.source')} value={annotations['org.opencontainers.image.source']} />
      </dl>
    </section>
  );
}

function ChartFacts({ artifact }: { artifact: Artifact }) {
  const { t } = useTranslation();
  if (artifact.type !== 'CHART') return null;
  const words = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return (
    <>
      <Annotation name={t('artifact.version')} value={words(artifact.extra_attrs?.['version'])} />
      <Annotation name={t('artifact.appVersion')} value={words(artifact.extra_attrs?.['appVersion'])} />
    </>
  );
}

/** Reproducible builds date their images to the epoch or to year 1: no date is truer than that one. */
function isRealDate(created: string | undefined): created is string {
  return created !== undefined && Date.parse(created) > Date.parse('1980-01-01');
}

function Annotation({ name, value }: { name: string; value: string | undefined }) {
  if (value === undefined || value === '') return null;
  return (
    <Fact name={name}>
      <span title={value}>{value}</span>
    </Fact>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="b-fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
