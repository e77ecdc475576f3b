import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { ArtifactContent } from '../../api/types.ts';
import { useCopy } from '../../ui/copy-button.tsx';
import { baseOf, dockerfileOf } from './dockerfile.ts';

export interface BuildHistoryProps {
  content: ArtifactContent;
  /** The index, which may say what all its platforms were built on. */
  base: ArtifactContent | undefined;
}

/** Build steps as a Dockerfile, to read and to copy. */
export function BuildHistory({ content, base }: BuildHistoryProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const from = baseOf(content, base);
  const text = dockerfileOf(content, {
    base: from,
    lead: [t('artifact.historyLead'), ...(from === undefined ? [t('artifact.historyNoBase')] : [])],
  });
  return (
    <section className="b-panel" aria-label={t('artifact.tabHistory')}>
      <div className="b-panel-head b-panel-bar">
        <h2>{t('artifact.dockerfile')}</h2>
        <Button
          size="compact-xs"
          leftSection={copied ? <IconCheck size={16} stroke={1.75} /> : <IconCopy size={16} stroke={1.75} />}
          onClick={() => copy(text)}
        >
          {t(copied ? 'action.copied' : 'artifact.copyDockerfile')}
        </Button>
      </div>
      <pre className="b-dockerfile" tabIndex={0} aria-label={t('artifact.dockerfile')}>
        {text
          .trimEnd()
          .split('\n')
          .map((line, number) => (
            // oxlint-disable-next-line react/no-array-index-key -- the lines of an image never change
            <Fragment key={number}>
              <Line line={line} />
              {'\n'}
            </Fragment>
          ))}
      </pre>
    </section>
  );
}

function Line({ line }: { line: string }) {
  if (line.startsWith('#')) return <span className="b-dim">{line}</span>;
  const verb = /^[A-Z]+(?= )/.exec(line)?.[0];
  if (verb === undefined) return <>{line}</>;
  return (
    <>
      <span className="b-verb">{verb}</span>
      {line.slice(verb.length)}
    </>
  );
}
