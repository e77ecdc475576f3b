import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { flatten } from '../../api/paging.ts';
import type { User } from '../../api/types.ts';
import { userListQuery } from '../../api/users.ts';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { NewUserDialog } from './new-user-dialog.tsx';

const route = getRouteApi('/i/$instance/users');

export function UsersPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const setFilter = (q: string | undefined): void => void navigate({ search: { q }, replace: true });
  const query = useInfiniteQuery(userListQuery({ name: search.q }));
  const [creating, { open, close }] = useDisclosure(false);
  const { rows, total } = flatten(query.data);
  return (
    <>
      <PageHeader
        title={t('users.title')}
        lead={rows && <span aria-live="polite">{t('count.users', { count: total })}</span>}
        actions={
          <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
            {t('users.new')}
          </Button>
        }
      />
      <FilterRow>
        <FilterField
          label={t('field.filterUsers')}
          value={search.q ?? ''}
          onChange={(q) => setFilter(q || undefined)}
        />
      </FilterRow>
      <DataPage
        query={query}
        columns={useColumns()}
        idOf={(user) => user.user_id}
        what={t('users.what')}
        filtered={
          search.q === undefined
            ? undefined
            : { text: t('state.noUserMatches'), clear: () => setFilter(undefined) }
        }
        empty={
          <EmptyState text={t('users.empty')}>
            <Button onClick={open}>{t('users.new')}</Button>
          </EmptyState>
        }
      />
      {creating && <NewUserDialog onClose={close} />}
    </>
  );
}

function useColumns(): Column<User>[] {
  const { t } = useTranslation();
  return [
    {
      accessor: 'username',
      title: t('users.name'),
      render: ({ username }) => <span className="b-name">{username}</span>,
    },
    { accessor: 'realname', title: t('users.realname'), width: 200 },
    { accessor: 'email', title: t('users.email'), width: 260 },
    {
      accessor: 'sysadmin_flag',
      title: t('users.rights'),
      width: 160,
      render: (user) => t(user.sysadmin_flag ? 'users.admin' : 'users.ordinary'),
    },
    {
      accessor: 'creation_time',
      title: t('users.created'),
      width: 140,
      render: (user) => <Ago time={user.creation_time} />,
    },
  ];
}
