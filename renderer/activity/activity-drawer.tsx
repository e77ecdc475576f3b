import { Button, Drawer } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../ui/states.tsx';
import { ActivityRow } from './activity-row.tsx';
import { activities, isOver } from './store.ts';
import { useActivities } from './use-activities.ts';

/** Long work of this window: what runs, what waits and what has ended. */
export function ActivityDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const all = useActivities();
  const unfinished = all.filter((activity) => !isOver(activity));
  const ended = all.filter(isOver);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={400}
      overlayProps={{ backgroundOpacity: 0.4 }}
      title={t('activity.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {all.length === 0 && (
        <EmptyState text={t('activity.none')}>
          <p>{t('activity.noneHelp')}</p>
        </EmptyState>
      )}
      {unfinished.length > 0 && (
        <section className="b-activity-group">
          <h3>{t('activity.running')}</h3>
          <ul>
            {/* What was started first ends first. */}
            {unfinished.toReversed().map((activity) => (
              <ActivityRow key={activity.id} activity={activity} onGo={onClose} />
            ))}
          </ul>
        </section>
      )}
      {ended.length > 0 && (
        <section className="b-activity-group">
          <h3>
            {t('activity.ended')}
            <Button variant="subtle" onClick={() => activities.forgetEnded()}>
              {t('activity.clear')}
            </Button>
          </h3>
          <ul>
            {ended.map((activity) => (
              <ActivityRow key={activity.id} activity={activity} onGo={onClose} />
            ))}
          </ul>
        </section>
      )}
    </Drawer>
  );
}
