import { Button, NativeSelect } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { changeRole, memberListQuery, removeMember, roleIds } from '../../api/members.ts';
import { flatten } from '../../api/paging.ts';
import { isPublic, projectQuery, useRights } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import type { Member, Project } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { roleKey, RoleName } from '../../ui/role-name.tsx';
import { EmptyState, Forbidden, isMissing, useCause } from '../../ui/states.tsx';
import { toast, toastError } from '../../ui/toast.ts';
import { AddMemberDialog } from './add-member-dialog.tsx';
import { ProjectShell } from './project-shell.tsx';

const route = getRouteApi('/i/$instance/projects/$project/members');

export function MembersPage() {
  const { t } = useTranslation();
  const { project } = route.useParams();
  const query = useMembers(project);
  const may = useRights(useQuery(projectQuery(project)).data?.project_id);
  const [adding, { open, close }] = useDisclosure(false);
  return (
    <ProjectShell
      project={project}
      tab="members"
      count={flatten(query.data).total}
      actions={
        may('member', 'create') && (
          <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
            {t('members.add')}
          </Button>
        )
      }
    >
      {(row) => (
        <>
          <Members project={row} query={query} may={may} />
          {adding && <AddMemberDialog project={project} onClose={close} />}
        </>
      )}
    </ProjectShell>
  );
}

interface MembersProps {
  project: Project;
  query: ReturnType<typeof useMembers>;
  may: ReturnType<typeof useRights>;
}

function useMembers(project: string) {
  return useInfiniteQuery(memberListQuery(project));
}

function Members({ project, query, may }: MembersProps) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<Member | null>(null);
  const columns = useColumns({ project: project.name, may, onRemove: setRemoving });
  if (query.isError && isMissing(query.error)) {
    return <Forbidden role={t('role.3')} who={t('state.whoProjectAdmin', { project: project.name })} />;
  }
  return (
    <>
      <DataPage
        query={query}
        columns={columns}
        idOf={(member) => member.id}
        what={t('members.what')}
        empty={<EmptyState text={t('members.empty')} />}
      />
      {removing && (
        <RemoveMemberDialog project={project} member={removing} onClose={() => setRemoving(null)} />
      )}
    </>
  );
}

interface ColumnOptions {
  project: string;
  may: ReturnType<typeof useRights>;
  onRemove: (member: Member) => void;
}

function useColumns({ project, may, onRemove }: ColumnOptions): Column<Member>[] {
  const { t } = useTranslation();
  const self = useBoot().user?.username;
  const columns: Column<Member>[] = [
    {
      accessor: 'entity_name',
      title: t('members.name'),
      render: ({ entity_name: name }) => (
        <span className="b-cell-name">
          <span className="b-name">{name}</span>
          {name === self && <span className="b-dim">{t('members.you')}</span>}
        </span>
      ),
    },
    {
      accessor: 'entity_type',
      title: t('members.kind'),
      width: 140,
      render: ({ entity_type: kind }) => t(kind === 'g' ? 'members.group' : 'members.user'),
    },
    {
      accessor: 'role_id',
      title: t('members.role'),
      width: 220,
      render: (member) =>
        may('member', 'update') ? (
          <RoleChoice project={project} member={member} />
        ) : (
          <RoleName id={member.role_id} />
        ),
    },
  ];
  if (may('member', 'delete')) {
    columns.push({
      accessor: 'actions',
      title: '',
      width: 44,
      render: (member) => (
        <MoreMenu of={member.entity_name} item={t('members.removeItem')} onItem={() => onRemove(member)} />
      ),
    });
  }
  return columns;
}

/**
 * Changes the role: at once when it is picked with the pointer, by Enter or on leaving the field when it is picked with
 * the keys, which pass over other roles. Lowering oneself is asked for. A refusal puts the old role back.
 */
function RoleChoice({ project, member }: { project: string; member: Member }) {
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

interface RemoveMemberDialogProps {
  project: Project;
  member: Member;
  onClose: () => void;
}

function RemoveMemberDialog({ project, member, onClose }: RemoveMemberDialogProps) {
  const { t } = useTranslation();
  const instance = useInstance().name;
  const queryClient = useQueryClient();
  const name = member.entity_name;
  const words = { name, project: project.name, instance, role: t(roleKey(member.role_id)) };
  return (
    <DeleteDialog
      title={t('members.removeTitle', words)}
      intro={t(isPublic(project) ? 'members.removeIntroPublic' : 'members.removeIntro', words)}
      items={[{ id: name, name, fate: words.role, remove: () => removeMember(project.name, member.id) }]}
      verb={t('members.remove', { name })}
      onClose={onClose}
      onDeleted={() => {
        toast(t('members.removed.toast', words));
        void queryClient.invalidateQueries({ queryKey: keys.project(project.name) });
      }}
    />
  );
}
