import { Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import type { User } from '../../api/types.ts';
import { userQuery } from '../../api/users.ts';
import { EndOthersButton, SessionList } from '../../ui/session-list.tsx';
import { EmptyState } from '../../ui/states.tsx';
import './users.css';

export interface SessionsDrawerProps {
  userId: number;
  /** The user where the list has it already. */
  known: User | undefined;
  onClose: () => void;
}

/** Where somebody is signed in, beside the list; each session can be ended. */
export function SessionsDrawer({ userId, known, onClose }: SessionsDrawerProps) {
  const { t } = useTranslation();
  const query = useQuery({ ...userQuery(userId), ...(known && { initialData: known }) });
  const name = query.data?.username;
  const gone = hasStatus(query.error, 404);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={name === undefined ? t('users.sessions') : t('users.sessionsOf', { name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {gone ? (
        <EmptyState text={t('users.gone')} />
      ) : (
        <>
          <div className="b-drawer-actions">
            <EndOthersButton of={userId} />
          </div>
          <SessionList of={userId} />
        </>
      )}
    </Drawer>
  );
}
