import { useTranslation } from 'react-i18next';
import type { ArtifactContent } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { formatSize } from '../../ui/format.ts';
import { Size } from '../../ui/size.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { stepsOf, type Step } from './steps.ts';

/** Layers of an image by size, and the build steps that made them. */
export function Layers({ content }: { content: ArtifactContent }) {
  const { t } = useTranslation();
  const steps = stepsOf(content);
  if (steps.length === 0) return <EmptyState text={t('artifact.noLayers')} />;
  const total = content.layers.reduce((sum, layer) => sum + layer.size, 0);
  const largest = Math.max(...content.layers.map((layer) => layer.size), 0);
  return (
    <>
      {content.layers.length > 1 && total > 0 && (
        <LayerBar content={content} total={total} largest={largest} />
      )}
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
              <StepRow key={index} number={index + 1} step={step} largest={largest} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface LayerBarProps {
  content: ArtifactContent;
  total: number;
  largest: number;
}

function LayerBar({ content, total, largest }: LayerBarProps) {
  const { t } = useTranslation();
  const layers = t('count.layers', { count: content.layers.length });
  const marked = content.layers.findIndex((layer) => layer.size === largest);
  return (
    <figure className="b-layer-figure">
      <div
        className="b-layer-bar"
        role="img"
        aria-label={t('artifact.barLabel', { layers, size: formatSize(total) })}
      >
        {content.layers.map((layer, index) => (
          <span
            // oxlint-disable-next-line react/no-array-index-key -- the same layer may occur twice
            key={index}
            data-largest={index === marked || undefined}
            style={{ flexGrow: layer.size }}
          />
        ))}
      </div>
      <figcaption>
        <span className="b-legend" data-largest>
          {t('artifact.largest', { size: formatSize(largest) })}
        </span>
        <span className="b-legend">{t('artifact.others', { size: formatSize(total - largest) })}</span>
      </figcaption>
    </figure>
  );
}

function StepRow({ number, step, largest }: { number: number; step: Step; largest: number }) {
  const { t } = useTranslation();
  const isLargest = step.layer !== undefined && step.layer.size === largest;
  return (
    <tr data-empty={step.layer === undefined || undefined}>
      <td className="b-step-no b-num">{number}</td>
      <td className="b-step-text">
        <code className="b-cut b-block" title={step.full}>
          {step.verb !== '' && <span className="b-verb">{step.verb}</span>} {step.text}
        </code>
      </td>
      <td className="b-step-layer">
        {step.layer ? (
          <Digest digest={step.layer.digest} digits={6} />
        ) : (
          <span className="b-dim">{t('artifact.noLayer')}</span>
        )}
      </td>
      <td className="b-step-size">{step.layer && <Size bytes={step.layer.size} />}</td>
      <td className="b-step-share">
        {step.layer && largest > 0 && (
          <span
            className="b-share"
            data-largest={isLargest || undefined}
            style={{ width: `${Math.round((step.layer.size / largest) * 100)}%` }}
          />
        )}
      </td>
    </tr>
  );
}
