import { NativeSelect } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { changeRole, roleIds } from '../../api/members.ts';
import { useBoot } from '../../api/session.ts';
import type { Member } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { roleKey } from '../../ui/role-name.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { roleHelp } from './role-help.ts';

export interface BulkRoleDialogProps {
  project: string;
  members: Member[];
  onClose: () => void;
  onChanged: () => void;
}

/** Gives several members one role, one after the other; who refuses it is named, the others have it. */
export function BulkRoleDialog({ project, members, onClose, onChanged }: BulkRoleDialogProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const self = useBoot().user?.username;
  const [roleId, setRoleId] = useState(2);
  const [busy, setBusy] = useState(false);
  const [failures, setFailures] = useState<string[]>([]);
  const lowersSelf = roleId !== 1 && members.some((member) => member.entity_name === self);
  const change = async (): Promise<void> => {
    setBusy(true);
    const failed: string[] = [];
    const isSelf = (member: Member): number => Number(member.entity_name === self);
    // Oneself last: without the right, none of those behind could be changed.
    for (const member of members.toSorted((a, b) => isSelf(a) - isSelf(b))) {
      if (member.role_id === roleId) continue;
      await changeRole(project, member.id, roleId).catch((error: unknown) =>
        failed.push(t('members.changeFailed', { name: member.entity_name, cause: cause(error) })),
      );
    }
    await queryClient.invalidateQueries({ queryKey: keys.project(project) });
    setBusy(false);
    setFailures(failed);
    if (failed.length > 0) return;
    toast(t('members.changedMany.toast', { count: members.length, role: t(roleKey(roleId)) }));
    onChanged();
  };
  return (
    <FormDialog
      title={t('members.changeTitle', { count: members.length, project })}
      submit={t('members.changeSubmit')}
      busy={busy}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        void change();
      }}
    >
      <p className="b-dialog-intro">
        {members.map((member) => member.entity_name).join(t('list.separator'))}
      </p>
      <NativeSelect
        data-autofocus
        label={t('members.role')}
        value={String(roleId)}
        onChange={(event) => setRoleId(Number(event.currentTarget.value))}
        data={roleIds.map((id) => ({
          value: String(id),
          label: t('role.withHelp', { role: t(roleKey(id)), help: t(roleHelp[id]) }),
        }))}
      />
      {lowersSelf && <p className="b-warning">{t('members.selfHelp')}</p>}
      {failures.map((failure) => (
        <p key={failure} className="b-form-error" role="alert">
          {failure}
        </p>
      ))}
    </FormDialog>
  );
}
