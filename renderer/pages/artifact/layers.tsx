import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ArtifactContent } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { formatCount, formatSize } from '../../ui/format.ts';
import { Size } from '../../ui/size.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { baseOf } from './dockerfile.ts';
import { type Layer, sharedBase, stepsOf, type Step } from './steps.ts';

/** Layers of an image by size, and the build steps that made them. */
export function Layers({ content }: { content: ArtifactContent }) {
  const { t } = useTranslation();
  const steps = stepsOf(content);
  if (steps.length === 0) {
    return (
      <EmptyState text={t(content.platforms.length > 0 ? 'artifact.noPlatforms' : 'artifact.noLayers')} />
    );
  }
  const largest = Math.max(...content.layers.map((layer) => layer.size), 0);
  const base = new Set(sharedBase(content.layers).map((layer) => layer.digest));
  // Where all of it is elsewhere too, nothing is this build's own, and colours would say nothing.
  const isBase = (layer: Layer): boolean => base.size < content.layers.length && base.has(layer.digest);
  return (
    <>
      <LayerBar content={content} largest={largest} isBase={isBase} />
      <div className="b-panel b-steps">
        <table>
          <thead>
            <tr>
              <th className="b-step-no">#</th>
              <th>{t(content.history.length > 0 ? 'artifact.buildStep' : 'artifact.content')}</th>
              <th className="b-step-layer">{t('artifact.layer')}</th>
              <th className="b-step-size">{t('artifact.compressed')}</th>
              <th className="b-step-share">
                <span className="b-offscreen-text">{t('artifact.share')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- steps of a manifest never change
              <StepRow key={index} number={index + 1} step={step} largest={largest} isBase={isBase} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface BarProps {
  content: ArtifactContent;
  /** Bytes of the largest layer. */
  largest: number;
  isBase: (layer: Layer) => boolean;
}

const sumOf = (layers: readonly Layer[]): number => layers.reduce((sum, layer) => sum + layer.size, 0);

function LayerBar({ content, largest, isBase }: BarProps) {
  const { t, i18n } = useTranslation();
  const { layers } = content;
  const total = sumOf(layers);
  if (layers.length < 2 || total === 0) return null;
  const base = layers.filter(isBase);
  const own = layers.filter((layer) => !isBase(layer));
  const name = baseOf(content);
  const sharing = Math.min(...base.map((layer) => layer.shared_with ?? 0), 1_000);
  const size = formatSize(sumOf(base));
  const others = t('artifact.inOthers', { count: sharing, number: formatCount(sharing, i18n.language) });
  return (
    <figure className="b-layer-figure">
      <div
        className="b-layer-bar"
        role="img"
        aria-label={t('artifact.barLabel', {
          layers: t('count.layers', { count: layers.length }),
          size: formatSize(total),
        })}
      >
        {layers.map((layer, index) => (
          <span
            // oxlint-disable-next-line react/no-array-index-key -- the same layer may occur twice
            key={index}
            data-base={isBase(layer) || undefined}
            style={{ flexGrow: layer.size }}
          />
        ))}
      </div>
      <figcaption>
        {base.length > 0 && (
          <span className="b-legend" data-base>
            {name === undefined
              ? t('artifact.baseUnnamed', { size, others })
              : t('artifact.baseNamed', { name, size, others })}
          </span>
        )}
        <span className="b-legend">
          {t(base.length > 0 ? 'artifact.thisBuild' : 'artifact.allLayers', { size: formatSize(sumOf(own)) })}
        </span>
        <span>{t('artifact.largest', { size: formatSize(largest) })}</span>
      </figcaption>
    </figure>
  );
}

interface StepRowProps {
  number: number;
  step: Step;
  largest: number;
  isBase: (layer: Layer) => boolean;
}

function StepRow({ number, step, largest, isBase }: StepRowProps) {
  const { t } = useTranslation();
  const { layer } = step;
  return (
    <tr data-empty={layer === undefined || undefined} data-largest={layer?.size === largest || undefined}>
      <td className="b-step-no b-num">{number}</td>
      <td className="b-step-text">
        <code className="b-cut b-block" title={step.full}>
          {step.verb !== '' && <span className="b-verb">{step.verb}</span>} {step.text}
        </code>
      </td>
      <td className="b-step-layer">
        {layer ? <LayerPlace layer={layer} /> : <span className="b-dim">{t('artifact.noLayer')}</span>}
      </td>
      <td className="b-step-size">{layer && <Size bytes={layer.size} />}</td>
      <td className="b-step-share">
        {layer && largest > 0 && (
          <span
            className="b-share"
            data-base={isBase(layer) || undefined}
            style={{ width: `${Math.round((layer.size / largest) * 100)}%` }}
          />
        )}
      </td>
    </tr>
  );
}

/** The layer's digest, or where it is instead: with its maker, or nowhere yet. */
function LayerPlace({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  if (layer.stored) return <Digest digest={layer.digest} digits={6} />;
  const isForeign = layer.urls.length > 0 || /\.(?:nondistributable|foreign)\./.test(layer.media_type);
  const where = isForeign
    ? t('artifact.foreignHelp', { from: layer.urls[0] ?? t('artifact.foreignMaker') })
    : t('artifact.notPushedHelp');
  return (
    <Tooltip label={where} maw={360} className="b-break">
      <span className="b-state-chip" tabIndex={0} role="note" aria-label={where}>
        {t(isForeign ? 'artifact.foreign' : 'artifact.notHere')}
      </span>
    </Tooltip>
  );
}
