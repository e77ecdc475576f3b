import { Tooltip } from '@mantine/core';
import { shortDigest } from './format.ts';
import { CopyButton } from './copy-button.tsx';

export interface DigestProps {
  digest: string;
  digits?: number;
  /** Whether the copy button shows always, or only on hover and focus of its row. */
  copy?: 'always' | 'hover' | 'none';
}

/** The first digits of a digest; tooltip and copy give all of it. */
export function Digest({ digest, digits = 12, copy = 'hover' }: DigestProps) {
  return (
    <span className="b-digest">
      <Tooltip label={<span className="b-mono b-break">{digest}</span>} maw={420}>
        <span className="b-mono">{shortDigest(digest, digits)}</span>
      </Tooltip>
      {copy !== 'none' && (
        <CopyButton value={digest} what="what.digest" className={copy === 'hover' ? 'b-on-hover' : ''} />
      )}
    </span>
  );
}
