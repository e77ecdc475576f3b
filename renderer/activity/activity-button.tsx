import { ActionIcon, Tooltip } from '@mantine/core';
import { IconActivity } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../ui/format.ts';
import { useUnfinished } from './use-activities.ts';

/** Opens the drawer; says how much is under way. */
export function ActivityButton({ onOpen }: { onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const count = useUnfinished();
  const label = count === 0 ? t('activity.title') : t('activity.titleRunning', { count });
  return (
    <Tooltip label={label}>
      <ActionIcon className="b-activity-button" w="auto" miw={28} aria-label={label} onClick={onOpen}>
        <IconActivity size={16} stroke={1.75} />
        {count > 0 && <span className="b-activity-count">{formatCount(count, i18n.language)}</span>}
      </ActionIcon>
    </Tooltip>
  );
}
