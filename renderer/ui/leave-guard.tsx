import { Button } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Dialog, DialogFooter } from './dialog.tsx';

/**
 * While `changed`, asks before the page is left: by a dialog inside the console, by the browser's own question where the
 * whole window goes. Changes of the address that stay on the page are let through.
 */
export function LeaveGuard({ changed }: { changed: boolean }) {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => changed && current.pathname !== next.pathname,
    enableBeforeUnload: changed,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog title={t('leave.title')} onClose={blocker.reset}>
      <p className="b-dialog-intro">{t('leave.help')}</p>
      <DialogFooter>
        <Button onClick={blocker.proceed}>{t('leave.leave')}</Button>
        <Button variant="filled" data-autofocus onClick={blocker.reset}>
          {t('leave.stay')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
