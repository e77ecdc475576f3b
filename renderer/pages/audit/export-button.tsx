import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { auditCsvAddress, type AuditFilter } from '../../api/audit.ts';

/** Saves what the filters leave as a file of comma-separated values. */
export function ExportButton({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation();
  return (
    <Button
      component="a"
      href={auditCsvAddress(filter)}
      download="audit-log.csv"
      leftSection={<IconDownload size={16} stroke={1.75} />}
    >
      {t('audit.export')}
    </Button>
  );
}
