import { useTranslation } from 'react-i18next';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { spanWords, typeWords } from './phrases.ts';
import { operations, resourceTypes, type AuditSearch } from './search.ts';
import { TimeFilter, type AuditFiltersProps } from './time-filter.tsx';

const filterWords = {
  // The log knows a push as the creation of an artifact, so the two are found together.
  create: 'audit.filterCreate',
  delete: 'audit.op.delete',
  update: 'audit.op.update',
  pull: 'audit.op.pull',
  login: 'audit.op.login',
  logout: 'audit.op.logout',
} as const;

const resultWords = { done: 'audit.ok', refused: 'audit.refused' } as const;

/** What the log can be searched for, and what is on. */
export function AuditFilters({ search, onSearch }: AuditFiltersProps) {
  const { t } = useTranslation();
  return (
    <FilterRow>
      <FilterField
        label={t('audit.filterWho')}
        value={search.who ?? ''}
        onChange={(who) => onSearch({ who: who || undefined })}
      />
      <FilterField
        label={t('audit.filterObject')}
        value={search.object ?? ''}
        onChange={(object) => onSearch({ object: object || undefined })}
      />
      <FilterMenu
        label={t('field.operation')}
        value={search.operation}
        options={operations.map((value) => ({ value, label: t(filterWords[value]) }))}
        onChange={(operation) => onSearch({ operation })}
      />
      <FilterMenu
        label={t('audit.type')}
        value={search.type}
        options={resourceTypes.map((value) => ({ value, label: capital(t(typeWords[value])) }))}
        onChange={(type) => onSearch({ type })}
      />
      <FilterMenu
        label={t('audit.result')}
        value={search.result}
        options={(['done', 'refused'] as const).map((value) => ({ value, label: t(resultWords[value]) }))}
        onChange={(result) => onSearch({ result })}
      />
      <TimeFilter search={search} onSearch={onSearch} />
      <ActiveFilters search={search} onSearch={onSearch} />
    </FilterRow>
  );
}

/** Words that stand inside a phrase elsewhere stand alone here. */
function capital(word: string): string {
  const bare = word.trim();
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

function ActiveFilters({ search, onSearch }: AuditFiltersProps) {
  const { t } = useTranslation();
  const { operation, type, result } = search;
  const time = useTimeWords(search);
  return (
    <>
      {operation && (
        <FilterChip label={t(filterWords[operation])} onClear={() => onSearch({ operation: undefined })} />
      )}
      {type && (
        <FilterChip label={capital(t(typeWords[type]))} onClear={() => onSearch({ type: undefined })} />
      )}
      {result && (
        <FilterChip label={t(resultWords[result])} onClear={() => onSearch({ result: undefined })} />
      )}
      {time !== undefined && (
        <FilterChip
          label={time}
          onClear={() => onSearch({ within: undefined, from: undefined, to: undefined })}
        />
      )}
    </>
  );
}

function useTimeWords({ within, from, to }: AuditSearch): string | undefined {
  const { t, i18n } = useTranslation();
  if (within) return t(spanWords[within]);
  const told = (moment: string): string => formatDateTime(moment, i18n.language);
  if (from && to) return t('audit.span.between', { from: told(from), to: told(to) });
  if (from) return t('audit.span.from', { from: told(from) });
  return to ? t('audit.span.to', { to: told(to) }) : undefined;
}
