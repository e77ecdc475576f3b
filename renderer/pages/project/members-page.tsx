import { lazyPart } from '../../frame/page-code.tsx';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { memberListQuery, removeMember } from '../../api/members.ts';
import { flatten } from '../../api/paging.ts';
import { isPublic, projectQuery, useRights } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import type { Member, Project } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { roleKey, RoleName } from '../../ui/role-name.tsx';
import { EmptyState, Forbidden, isMissing } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { ProjectShell } from './project-shell.tsx';
import { RoleChoice } from './role-choice.tsx';

const AddMemberDialog = lazyPart(async () => (await import('./add-member-dialog.tsx')).AddMemberDialog);
const BulkRoleDialog = lazyPart(async () => (await import('./bulk-role-dialog.tsx')).BulkRoleDialog);
const RolesDrawer = lazyPart(async () => (await import('./roles-drawer.tsx')).RolesDrawer);

const route = getRouteApi('/i/$instance/projects/$project/members');

export function MembersPage() {
  const { t } = useTranslation();
  const { project } = route.useParams();
  const search = route.useSearch();
  const query = useMembers(project, search.q);
  const may = useRights(useQuery(projectQuery(project)).data?.project_id);
  const [adding, { open, close }] = useDisclosure(false);
  const [explaining, roles] = useDisclosure(false);
  return (
    <ProjectShell
      project={project}
      tab="members"
      count={search.q === undefined ? flatten(query.data).total : undefined}
      actions={
        <>
          <Button onClick={roles.open}>{t('roles.open')}</Button>
          {may('member', 'create') && (
            <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
              {t('members.add')}
            </Button>
          )}
        </>
      }
    >
      {(row) => (
        <>
          <Members project={row} query={query} may={may} />
          {adding && <AddMemberDialog project={project} onClose={close} />}
          {explaining && <RolesDrawer isPublic={isPublic(row)} onClose={roles.close} />}
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

function useMembers(project: string, name: string | undefined) {
  return useInfiniteQuery(memberListQuery(project, { name }));
}

function Members({ project, query, may }: MembersProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [removing, setRemoving] = useState<Member[]>([]);
  const [selected, setSelected] = useState<Member[]>([]);
  const [changing, { open, close }] = useDisclosure(false);
  const columns = useColumns({ project: project.name, may, onRemove: (member) => setRemoving([member]) });
  const clear = (): void => setSelected([]);
  const filter = (q: string | undefined): void =>
    void navigate({ search: { q: q || undefined }, replace: true });
  if (query.isError && isMissing(query.error)) {
    return <Forbidden role={t('role.3')} who={t('state.whoProjectAdmin', { project: project.name })} />;
  }
  return (
    <>
      <FilterRow>
        <FilterField label={t('members.filter')} value={search.q ?? ''} onChange={filter} />
      </FilterRow>
      <DataPage
        query={query}
        columns={columns}
        idOf={(member) => member.id}
        what={t('members.what')}
        filtered={
          search.q === undefined ? undefined : { text: t('members.noMatch'), clear: () => filter(undefined) }
        }
        empty={<EmptyState text={t('members.empty')} />}
        selection={
          may('member', 'update') && may('member', 'delete')
            ? { selected, onChange: setSelected, nameOf: (member) => member.entity_name }
            : undefined
        }
      />
      {selected.length > 0 && (
        <BulkBar
          count={selected.length}
          actions={<Button onClick={open}>{t('members.changeRole')}</Button>}
          deleteLabel={t('members.removeItem')}
          onDelete={() => setRemoving(selected)}
          onClear={clear}
        />
      )}
      {changing && (
        <BulkRoleDialog
          project={project.name}
          members={selected}
          onClose={close}
          onChanged={() => {
            close();
            clear();
          }}
        />
      )}
      {removing.length > 0 && (
        <RemoveMembersDialog
          project={project}
          members={removing}
          onClose={() => setRemoving([])}
          onRemoved={clear}
        />
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

interface RemoveMembersDialogProps {
  project: Project;
  members: Member[];
  onClose: () => void;
  onRemoved: () => void;
}

function RemoveMembersDialog({ project, members, onClose, onRemoved }: RemoveMembersDialogProps) {
  const { t } = useTranslation();
  const instance = useInstance().name;
  const queryClient = useQueryClient();
  const count = members.length;
  const name = members[0]?.entity_name ?? '';
  const words = { count, name, project: project.name, instance };
  return (
    <DeleteDialog
      title={count === 1 ? t('members.removeTitle', words) : t('members.removeManyTitle', words)}
      intro={t(isPublic(project) ? 'members.removeIntroPublic' : 'members.removeIntro', words)}
      items={members.map((member) => ({
        id: String(member.id),
        name: member.entity_name,
        fate: t(roleKey(member.role_id)),
        remove: () => removeMember(project.name, member.id),
      }))}
      verb={count === 1 ? t('members.remove', words) : t('members.removeMany', words)}
      onClose={onClose}
      onDeleted={(removed) => {
        toast(
          count === 1
            ? t('members.removed.toast', words)
            : t('members.removedMany.toast', { ...words, count: removed }),
        );
        onRemoved();
        void queryClient.invalidateQueries({ queryKey: keys.project(project.name) });
      }}
    />
  );
}
