import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../api/types.ts';

/** What was refused stands out by its word too. */
export function Result({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  if (entry.operation_result) return <>{t('audit.ok')}</>;
  return <span className="b-crit-text">{t('audit.refused')}</span>;
}
