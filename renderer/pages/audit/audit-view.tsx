import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type AuditFilter, auditListQuery } from '../../api/audit.ts';
import { flatten } from '../../api/paging.ts';
import type { AuditEntry } from '../../api/types.ts';
import { DataPage } from '../../ui/data-page.tsx';
import { formatLogTime } from '../../ui/format.ts';
import { EmptyState } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { AuditFilters } from './audit-filters.tsx';
import './audit.css';
import { EntryDrawer } from './entry-drawer.tsx';
import { actorOf, phraseOf, shortenDigest } from './phrases.ts';
import { Result } from './result.tsx';
import type { AuditSearch } from './search.ts';

export interface AuditViewProps {
  /** Only what was done in this project; without it, all that the caller may read. */
  projectId?: number;
  search: AuditSearch;
  onSearch: (change: AuditSearch) => void;
}

const noFilter: AuditSearch = {
  who: undefined,
  object: undefined,
  operation: undefined,
  type: undefined,
  result: undefined,
  within: undefined,
  from: undefined,
  to: undefined,
};

/** What the address asks of the log. */
export function filterOf({ entry: _open, ...filter }: AuditSearch, projectId?: number): AuditFilter {
  return { ...filter, ...(projectId !== undefined && { projectId }) };
}

/** A log with its filters; an entry opens at the side. */
export function AuditView({ projectId, search, onSearch }: AuditViewProps) {
  const { t } = useTranslation();
  const query = useInfiniteQuery(auditListQuery(filterOf(search, projectId)));
  const columns = useColumns();
  const filtered = Object.keys(noFilter).some((name) => search[name as keyof AuditSearch] !== undefined);
  const clear = (): void => onSearch(noFilter);
  const rows = flatten(query.data).rows;
  // A long log is looked through in parts; nothing found in one is no answer yet.
  const unfinished = rows?.length === 0 && query.hasNextPage;
  return (
    <>
      <AuditFilters search={search} onSearch={onSearch} />
      {unfinished ? (
        <EmptyState text={t('audit.notYetFound')}>
          <Button loading={query.isFetching} onClick={() => void query.fetchNextPage()}>
            {t('audit.lookFurther')}
          </Button>
        </EmptyState>
      ) : (
        <DataPage
          query={query}
          columns={columns}
          idOf={(entry) => entry.id}
          what={t('audit.what')}
          filtered={filtered ? { text: t('state.noEntryMatches'), clear } : undefined}
          empty={<EmptyState text={t('audit.empty')} />}
        />
      )}
      {search.entry !== undefined && (
        <EntryDrawer
          id={search.entry}
          known={rows?.find((row) => row.id === search.entry)}
          onClose={() => onSearch({ entry: undefined })}
          onOnly={(change) => onSearch({ ...change, entry: undefined })}
        />
      )}
    </>
  );
}

function useColumns(): Column<AuditEntry>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      accessor: 'op_time',
      title: t('audit.time'),
      width: 180,
      render: ({ op_time: time }) => (
        <time className="b-tabular" dateTime={time}>
          {formatLogTime(time, i18n.language)}
        </time>
      ),
    },
    {
      accessor: 'username',
      title: t('audit.who'),
      width: 150,
      render: ({ username }) => (
        <span className="b-cut b-block" title={username}>
          {actorOf(username, t)}
        </span>
      ),
    },
    {
      accessor: 'operation',
      title: t('audit.operation'),
      width: 160,
      render: (entry) => (
        <Link
          to="."
          search={(previous: object) => ({ ...previous, entry: entry.id })}
          className="b-name"
          resetScroll={false}
        >
          {phraseOf(entry, t)}
        </Link>
      ),
    },
    {
      accessor: 'resource',
      title: t('audit.object'),
      render: ({ resource }) => (
        <span className="b-mono b-cut b-block" title={resource}>
          {shortenDigest(resource)}
        </span>
      ),
    },
    {
      accessor: 'address',
      title: t('audit.address'),
      width: 130,
      render: ({ address }) => (
        <span className="b-tabular b-cut b-block" title={address}>
          {address}
        </span>
      ),
    },
    {
      accessor: 'operation_result',
      title: t('audit.result'),
      width: 90,
      render: (entry) => <Result entry={entry} />,
    },
  ];
}
