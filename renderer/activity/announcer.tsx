import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { toast, type ToastAction, toastError } from '../ui/toast.ts';
import { activities, type Activity } from './store.ts';
import { useUnfinished } from './use-activities.ts';

export interface AnnouncerProps {
  isDrawerOpen: () => boolean;
  openDrawer: () => void;
}

/** Says when long work ends, and asks before a window closes that it runs in. Shows nothing itself. */
export function ActivityAnnouncer({ isDrawerOpen, openDrawer }: AnnouncerProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const unfinished = useUnfinished() > 0;
  useEffect(() => {
    if (!unfinished) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [unfinished]);
  useEffect(() => {
    const onEnd = (activity: Activity): void => {
      // Whoever looks at the drawer sees it there.
      if (activity.state === 'stopped' || isDrawerOpen()) return;
      const title = activity.spec.title(t);
      const { summary, link, incomplete } = activity.result ?? {};
      const words = summary?.(t) ?? t('activity.doneNamed', { title });
      const show: ToastAction = { label: t('activity.show'), onClick: openDrawer };
      const action: ToastAction | undefined = link && {
        label: link.label(t),
        onClick: () => void router.navigate(link.to),
      };
      if (activity.state === 'failed') toastError(t('activity.failed', { title }), show);
      else if (incomplete === true) toastError(words, action ?? show);
      else toast(words, action);
    };
    return activities.onEnd(onEnd);
  }, [t, router, isDrawerOpen, openDrawer]);
  return null;
}
