import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { splitSize } from './format.ts';

/** A size with its unit dimmed; the exact number of bytes is its tooltip. */
export function Size({ bytes }: { bytes: number }) {
  const { t } = useTranslation();
  const { value, unit } = splitSize(bytes);
  return (
    <Tooltip label={t('count.bytes', { count: bytes })}>
      <span>
        <span className="b-num">{value}</span> <span className="b-dim">{unit}</span>
      </span>
    </Tooltip>
  );
}
