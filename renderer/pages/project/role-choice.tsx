import { NativeSelect } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { changeRole, roleIds } from '../../api/members.ts';
import { useBoot } from '../../api/session.ts';
import type { Member } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { roleKey } from '../../ui/role-name.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast, toastError } from '../../ui/toast.ts';

/**
 * Changes the role: at once when it is picked with the pointer, by Enter or on leaving the field when it is picked with
 * the keys, which pass over other roles. Lowering oneself is asked for. A refusal puts the old role back.
 */
export function RoleChoice({ project, member }: { project: string; member: Member }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const name = member.entity_name;
  const isSelf = useBoot().user?.username === name;
  const [draft, setDraft] = useState<number | null>(null);
  const [asking, setAsking] = useState<number | null>(null);
  const byKeys = useRef(false);
  const change = useMutation({
    mutationFn: (roleId: number) => changeRole(project, member.id, roleId),
    onSuccess: (_, roleId) => toast(t('members.changed.toast', { name, role: t(roleKey(roleId)) })),
    onError: (error) => toastError(cause(error)),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.project(project) }),
  });
  const apply = (roleId: number | null): void => {
    setDraft(null);
    if (roleId === null || roleId === member.role_id) return;
    if (isSelf) setAsking(roleId);
    else change.mutate(roleId);
  };
  return (
    <>
      <NativeSelect
        className="b-role-choice"
        aria-label={t('members.roleOf', { name })}
        value={String(change.isPending ? change.variables : (draft ?? member.role_id))}
        onPointerDown={() => (byKeys.current = false)}
        onKeyDown={(event) => {
          byKeys.current = true;
          if (event.key === 'Enter') apply(draft);
          if (event.key === 'Escape') setDraft(null);
        }}
        onBlur={() => {
          byKeys.current = false;
          apply(draft);
        }}
        onChange={(event) => {
          const roleId = Number(event.currentTarget.value);
          if (byKeys.current) setDraft(roleId);
          else apply(roleId);
        }}
        data={roleIds.map((id) => ({ value: String(id), label: t(roleKey(id)) }))}
      />
      {asking !== null && (
        <FormDialog
          title={t('members.selfTitle', { role: t(roleKey(asking)) })}
          submit={t('members.selfSubmit')}
          busy={change.isPending}
          onClose={() => setAsking(null)}
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate(asking, { onSettled: () => setAsking(null) });
          }}
        >
          <p>{t('members.selfHelp')}</p>
        </FormDialog>
      )}
    </>
  );
}
