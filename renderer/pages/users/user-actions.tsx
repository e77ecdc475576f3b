import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import type { User } from '../../api/types.ts';
import { deleteUser, setAdmin } from '../../api/users.ts';
import { useInstance } from '../../instance/local.ts';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { SaveFailed } from '../../ui/section.tsx';
import { toast } from '../../ui/toast.ts';
import { lazyPart } from '../../frame/page-code.tsx';

const ResetPasswordDialog = lazyPart(
  async () => (await import('./reset-password-dialog.tsx')).ResetPasswordDialog,
);

/** What an administrator was about to do with whom. */
export interface UserAction {
  kind: 'admin' | 'password' | 'delete';
  user: User;
}

/** The server keeps this account whatever happens. */
const firstAdminId = 1;

interface UserMenuProps {
  user: User;
  /** One's own password is changed in the profile, with the old one; and nobody deletes the account in use. */
  isSelf: boolean;
  onAsk: (action: UserAction) => void;
  onSessions: (user: User) => void;
}

/** The `⋯` of a user's row. */
export function UserMenu({ user, isSelf, onAsk, onSessions }: UserMenuProps) {
  const { t } = useTranslation();
  const admin = user.sysadmin_flag ? t('users.takeAdmin') : t('users.makeAdmin');
  return (
    <MoreMenu
      of={user.username}
      others={[
        { label: t('users.sessions'), onItem: () => onSessions(user) },
        { label: admin, onItem: () => onAsk({ kind: 'admin', user }) },
        ...(isSelf ? [] : [{ label: t('users.reset'), onItem: () => onAsk({ kind: 'password', user }) }]),
      ]}
      {...(!isSelf &&
        user.user_id !== firstAdminId && {
          item: t('users.delete'),
          onItem: () => onAsk({ kind: 'delete', user }),
        })}
    />
  );
}

/** The question that belongs to an action. */
export function UserDialog({ action, onClose }: { action: UserAction; onClose: () => void }) {
  const { kind, user } = action;
  if (kind === 'admin') return <AdminDialog user={user} onClose={onClose} />;
  if (kind === 'password') return <ResetPasswordDialog user={user} onClose={onClose} />;
  return <DeleteUserDialog user={user} onClose={onClose} />;
}

interface QuestionProps {
  user: User;
  onClose: () => void;
}

function AdminDialog({ user, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const instance = useInstance();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { username: name } = user;
  const makes = !user.sysadmin_flag;
  const decide = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await setAdmin(user.user_id, makes);
      await queryClient.invalidateQueries({ queryKey: keys.users });
      await queryClient.invalidateQueries({ queryKey: keys.boot });
      toast(t(makes ? 'users.madeAdmin.toast' : 'users.tookAdmin.toast', { name }));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title={t(makes ? 'users.makeAdminTitle' : 'users.takeAdminTitle', { name })} onClose={onClose}>
      <p className="b-dialog-intro">
        {t(makes ? 'users.makeAdminHelp' : 'users.takeAdminHelp', { name, instance: instance.name })}
      </p>
      <SaveFailed what={t('users.rights')} error={error} />
      <DialogFooter>
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button variant="filled" data-autofocus loading={busy} onClick={() => void decide()}>
          {t(makes ? 'users.makeAdminVerb' : 'users.takeAdminVerb')}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}

function DeleteUserDialog({ user, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const instance = useInstance();
  const queryClient = useQueryClient();
  const { username: name } = user;
  return (
    <DeleteDialog
      title={t('users.deleteTitle', { name })}
      intro={t('users.deleteIntro', { name, instance: instance.name })}
      items={[
        {
          id: String(user.user_id),
          name,
          fate: t('users.deleteFate'),
          remove: () => deleteUser(user.user_id),
        },
      ]}
      sum={t('users.deleteStays', { name })}
      verb={t('users.deleteVerb')}
      onClose={onClose}
      onDeleted={() => {
        void queryClient.invalidateQueries({ queryKey: keys.users });
        toast(t('users.deleted.toast', { name }));
      }}
    />
  );
}
