import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { auditListQuery } from '../../api/audit.ts';
import { flatten } from '../../api/paging.ts';
import { projectCountQuery } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import type { AuditEntry } from '../../api/types.ts';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { formatLogTime } from '../../ui/format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { EmptyState, isMissing, NotFound } from '../../ui/states.tsx';

const route = getRouteApi('/i/$instance/audit');

const operations = ['create', 'delete', 'update', 'pull', 'login'] as const;

const filterWords = {
  // The log knows a push as the creation of an artifact, so the two are found together.
  create: 'audit.filterCreate',
  delete: 'audit.op.delete',
  update: 'audit.op.update',
  pull: 'audit.op.pull',
  login: 'audit.op.login',
} as const;

export function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const query = useInfiniteQuery(auditListQuery({ who: search.q, operation: search.operation }));
  const filtered = search.q !== undefined || search.operation !== undefined;
  const columns = useColumns();
  const { user } = useBoot();
  const administers = useQuery(projectCountQuery).data?.administers;
  // Who may read no log is answered with an empty list.
  const barred = user?.sysadmin !== true && administers === false && !filtered;
  if (isMissing(query.error) || (barred && flatten(query.data).total === 0)) return <NotFound />;
  return (
    <>
      <PageHeader title={t('audit.title')} lead={t('audit.lead')} />
      <FilterRow>
        <FilterField
          label={t('field.filterAudit')}
          value={search.q ?? ''}
          onChange={(q) => set({ q: q || undefined })}
        />
        <FilterMenu
          label={t('field.operation')}
          value={search.operation}
          options={operations.map((value) => ({ value, label: t(filterWords[value]) }))}
          onChange={(operation) => set({ operation })}
        />
        {search.operation && (
          <FilterChip
            label={t(filterWords[search.operation])}
            onClear={() => set({ operation: undefined })}
          />
        )}
      </FilterRow>
      <DataPage
        query={query}
        columns={columns}
        idOf={(entry) => entry.id}
        what={t('audit.what')}
        filtered={
          filtered
            ? { text: t('state.noEntryMatches'), clear: () => set({ q: undefined, operation: undefined }) }
            : undefined
        }
        empty={<EmptyState text={t('audit.empty')} />}
      />
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
      width: 160,
      render: ({ username }) => (
        <span className="b-name">{username === 'anonymous' ? t('audit.anonymous') : username}</span>
      ),
    },
    {
      accessor: 'operation',
      title: t('audit.operation'),
      width: 160,
      render: (entry) => phraseOf(entry, t),
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
      accessor: 'operation_result',
      title: t('audit.result'),
      width: 100,
      render: ({ operation_result: done }) =>
        done === false ? <span className="b-crit-text">{t('audit.refused')}</span> : t('audit.ok'),
    },
  ];
}

const operationWords = {
  create: 'audit.op.create',
  delete: 'audit.op.delete',
  update: 'audit.op.update',
  pull: 'audit.op.pull',
  push: 'audit.op.push',
  login: 'audit.op.login',
  logout: 'audit.op.logout',
} as const;

const typeWords = {
  artifact: 'audit.type.artifact',
  tag: 'audit.type.tag',
  repository: 'audit.type.repository',
  project: 'audit.type.project',
  member: 'audit.type.member',
  user: 'audit.type.user',
} as const;

/** "Create project"; signing in has no object worth naming. Words we do not know stay as they came. */
function phraseOf({ operation, resource_type: type }: AuditEntry, t: TFunction): string {
  const verb =
    operation in operationWords ? operationWords[operation as keyof typeof operationWords] : undefined;
  const noun = type in typeWords ? typeWords[type as keyof typeof typeWords] : undefined;
  // A push creates an artifact; everybody calls it a push.
  if (operation === 'create' && type === 'artifact')
    return t('audit.phrase', { operation: t('audit.op.push'), type: t('audit.type.artifact') });
  const words = verb ? t(verb) : operation;
  if (operation === 'login' || operation === 'logout') return words;
  return t('audit.phrase', { operation: words, type: noun ? t(noun) : type });
}

/** A digest inside a name keeps its first twelve digits. */
function shortenDigest(resource: string): string {
  return resource.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
}
