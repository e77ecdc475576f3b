import { Button, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { exportPath } from '../api/archives.ts';

/** Downloads an artifact as an OCI archive; `reference` is a tag, or a digest for all its tags. */
export function ExportButton(props: { project: string; repo: string; reference: string }) {
  const { t } = useTranslation();
  return (
    <Tooltip label={t('archives.exportHelp')} events={{ hover: true, focus: true, touch: false }}>
      <Button component="a" href={exportPath(props)} download>
        {t('archives.export')}
      </Button>
    </Tooltip>
  );
}
