import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TextKey } from '../text/en.ts';

const shownMs = 1500;

/** Copies text; `copied` stays true for a second and a half. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = useCallback((text: string) => {
    void writeClipboard(text).then(() => setCopied(true));
  }, []);
  return { copied, copy };
}

/** The clipboard API exists only on HTTPS and loopback; elsewhere a selected text field does it. */
export async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'b-offscreen';
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

export type CopyWhat = Extract<TextKey, `what.${string}`>;

export interface CopyButtonProps {
  value: string;
  /** Text key of what is copied, for the button's name. */
  what: CopyWhat;
  /** Copied instead while Shift is held. */
  shiftValue?: string;
  className?: string;
}

export function CopyButton({ value, what, shiftValue, className }: CopyButtonProps) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  const label = t('action.copy', { what: t(what) });
  return (
    <>
      <Tooltip label={copied ? t('action.copied') : label}>
        <ActionIcon
          size={24}
          className={className}
          aria-label={label}
          onClick={(event) => copy(event.shiftKey && shiftValue ? shiftValue : value)}
        >
          {copied ? (
            <IconCheck size={16} stroke={1.75} className="b-ok" />
          ) : (
            <IconCopy size={16} stroke={1.75} />
          )}
        </ActionIcon>
      </Tooltip>
      <VisuallyHidden role="status">{copied ? t('action.copied') : ''}</VisuallyHidden>
    </>
  );
}
