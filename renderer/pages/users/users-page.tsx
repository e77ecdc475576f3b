import { lazyPart } from '../../frame/page-code.tsx';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { flatten } from '../../api/paging.ts';
import { useBoot } from '../../api/session.ts';
import type { User } from '../../api/types.ts';
import { userListQuery } from '../../api/users.ts';
import type { UsersSearch } from '../../search.ts';
import { DataPage } from '../../ui/data-page.tsx';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { type UserAction, UserDialog, UserMenu } from './user-actions.tsx';

const NewUserDialog = lazyPart(async () => (await import('./new-user-dialog.tsx')).NewUserDialog);
const SessionsDrawer = lazyPart(async () => (await import('./sessions-drawer.tsx')).SessionsDrawer);

const route = getRouteApi('/i/$instance/users');

/** Everybody with an account, and what an administrator does with one. */
export function UsersPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(
    userListQuery({ words: search.q, rights: search.rights, sort: search.sort }),
  );
  const [creating, { open, close }] = useDisclosure(false);
  const [asked, setAsked] = useState<UserAction | null>(null);
  const { rows, total, isTotalKnown } = flatten(query.data);
  const setSearch = (change: UsersSearch): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const showSessions = (user: User): void =>
    void navigate({ search: (before) => ({ ...before, sessions: user.user_id }), resetScroll: false });
  return (
    <>
      <PageHeader
        title={t('users.title')}
        lead={rows && isTotalKnown && <span aria-live="polite">{t('count.users', { count: total })}</span>}
        actions={
          <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
            {t('users.new')}
          </Button>
        }
      />
      <Filters search={search} onChange={setSearch} />
      <DataPage
        query={query}
        columns={useColumns(setAsked, showSessions)}
        idOf={(user) => user.user_id}
        what={t('users.what')}
        sort={{ value: search.sort ?? 'username', onChange: (sort) => setSearch(asSort(sort)) }}
        filtered={
          search.q === undefined && search.rights === undefined
            ? undefined
            : {
                text: t('state.noUserMatches'),
                clear: () => setSearch({ q: undefined, rights: undefined }),
              }
        }
        empty={
          <EmptyState text={t('users.empty')}>
            <Button onClick={open}>{t('users.new')}</Button>
          </EmptyState>
        }
      />
      {creating && <NewUserDialog onClose={close} />}
      {asked && <UserDialog key={asked.user.user_id} action={asked} onClose={() => setAsked(null)} />}
      {search.sessions !== undefined && (
        <SessionsDrawer
          userId={search.sessions}
          known={rows?.find((user) => user.user_id === search.sessions)}
          onClose={() => setSearch({ sessions: undefined })}
        />
      )}
    </>
  );
}

const asSort = (sort: string): UsersSearch => ({ sort: sort as NonNullable<UsersSearch['sort']> });

function Filters({ search, onChange }: { search: UsersSearch; onChange: (change: UsersSearch) => void }) {
  const { t } = useTranslation();
  const nameOf = (rights: 'admin' | 'ordinary'): string => t(`users.${rights}`);
  return (
    <FilterRow>
      <FilterField
        label={t('field.filterUsers')}
        value={search.q ?? ''}
        onChange={(q) => onChange({ q: q || undefined })}
      />
      <FilterMenu
        label={t('users.rights')}
        value={search.rights}
        options={(['admin', 'ordinary'] as const).map((value) => ({ value, label: nameOf(value) }))}
        onChange={(rights) => onChange({ rights })}
      />
      {search.rights !== undefined && (
        <FilterChip label={nameOf(search.rights)} onClear={() => onChange({ rights: undefined })} />
      )}
    </FilterRow>
  );
}

function useColumns(onAsk: (action: UserAction) => void, onSessions: (user: User) => void): Column<User>[] {
  const { t } = useTranslation();
  const ownId = useBoot().user?.user_id;
  return useMemo(
    () => [
      {
        accessor: 'username',
        title: t('users.name'),
        sortable: true,
        render: ({ user_id: id, username }) => (
          <>
            <span className="b-name">{username}</span>
            {id === ownId && <span className="b-state-chip b-you">{t('users.you')}</span>}
          </>
        ),
      },
      { accessor: 'realname', title: t('users.realname'), width: 180 },
      { accessor: 'email', title: t('users.email'), width: 230 },
      {
        accessor: 'sysadmin_flag',
        title: t('users.rights'),
        width: 130,
        render: (user) => t(user.sysadmin_flag ? 'users.admin' : 'users.ordinary'),
      },
      {
        accessor: 'creation_time',
        title: t('users.created'),
        width: 120,
        sortable: true,
        render: (user) => <Ago time={user.creation_time} />,
      },
      {
        accessor: 'actions',
        title: <span className="b-offscreen-text">{t('users.actions')}</span>,
        width: 48,
        textAlign: 'right',
        render: (user) => (
          <UserMenu user={user} isSelf={user.user_id === ownId} onAsk={onAsk} onSessions={onSessions} />
        ),
      },
    ],
    // oxlint-disable-next-line react/exhaustive-deps -- what the rows call looks nothing up that changes
    [t, ownId],
  );
}
