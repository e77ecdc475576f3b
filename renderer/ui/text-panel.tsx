import { Button } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { CodeLanguage } from './code-view.tsx';
import { useCopy } from './copy-button.tsx';
import { formatSize } from './format.ts';
import { SkeletonRows } from './states.tsx';

const CodeView = lazy(() => import('./code-view.tsx').then((module) => ({ default: module.CodeView })));

/** Characters beyond which a text is only offered as a download: colouring it would stop the page. */
const mostShown = 1_000_000;

export interface TextPanelProps {
  /** What it is: the panel's title. */
  title: string;
  /** Shown instead of the title: a choice between several. */
  head?: ReactNode;
  /** As it is shown. */
  text: string;
  /** As it is copied, where that differs. */
  exact?: string;
  language: CodeLanguage;
  /** Where the very bytes are downloaded. */
  download?: string;
}

/** A text in the viewer, with the ways to take it along. */
export function TextPanel({ title, head, text, exact = text, language, download }: TextPanelProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  return (
    <section className="b-panel b-text-panel" aria-label={title}>
      <div className="b-panel-head b-panel-bar">
        {head ?? <h2>{title}</h2>}
        <span className="b-panel-actions">
          <Button
            size="compact-xs"
            leftSection={
              copied ? <IconCheck size={16} stroke={1.75} /> : <IconCopy size={16} stroke={1.75} />
            }
            onClick={() => copy(exact)}
          >
            {t(copied ? 'action.copied' : 'artifact.copyText')}
          </Button>
          {download !== undefined && (
            <Button
              size="compact-xs"
              leftSection={<IconDownload size={16} stroke={1.75} />}
              renderRoot={(props) => <a {...props} href={download} download />}
            >
              {t('artifact.download')}
            </Button>
          )}
        </span>
      </div>
      {text.length > mostShown ? (
        <p className="b-panel-empty">{t('artifact.tooLong', { size: formatSize(text.length) })}</p>
      ) : (
        <Suspense fallback={<SkeletonRows />}>
          <CodeView text={text} language={language} label={title} />
        </Suspense>
      )}
    </section>
  );
}
