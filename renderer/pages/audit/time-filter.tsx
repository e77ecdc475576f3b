import { Button, Popover, Radio, TextInput } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { spanWords } from './phrases.ts';
import { spans, type AuditSearch, type Span } from './search.ts';

export interface AuditFiltersProps {
  search: AuditSearch;
  onSearch: (change: AuditSearch) => void;
}

/** A span that ends now, or moments of one's own choice in local time. */
export function TimeFilter({ search, onSearch }: AuditFiltersProps) {
  const { t } = useTranslation();
  return (
    <Popover position="bottom-start" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button className="b-filter-menu" rightSection={<IconChevronDown size={16} stroke={1.75} />}>
          {t('audit.time')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('audit.time')}>
        <Radio.Group
          aria-label={t('audit.time')}
          value={search.within ?? ''}
          onChange={(within) => onSearch({ within: within as Span, from: undefined, to: undefined })}
        >
          <div className="b-form b-audit-spans">
            {spans.map((span) => (
              <Radio key={span} size="xs" value={span} label={t(spanWords[span])} />
            ))}
          </div>
        </Radio.Group>
        <div className="b-form">
          <Moment
            label={t('audit.from')}
            value={search.from}
            onChange={(from) => onSearch({ from, within: undefined })}
          />
          <Moment
            label={t('audit.to')}
            value={search.to}
            onChange={(to) => onSearch({ to, within: undefined })}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

interface MomentProps {
  label: string;
  value: string | undefined;
  onChange: (moment: string | undefined) => void;
}

/** A field for local time over a moment in UTC. */
function Moment({ label, value, onChange }: MomentProps) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      // Of its own: a field of this kind is empty while one types, and must not be emptied by that.
      key={value ?? ''}
      defaultValue={value === undefined ? '' : toLocal(value)}
      onBlur={(event) => {
        const moment = toMoment(event.currentTarget.value);
        if (moment !== value) onChange(moment);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
      }}
    />
  );
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `2026-11-20T08:30Z` as `2026-11-20T09:30` where the clock is an hour ahead. */
function toLocal(moment: string): string {
  const date = new Date(moment);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The other way round; undefined for what is no time, or not yet. */
function toMoment(local: string): string | undefined {
  const date = new Date(local);
  if (local === '' || Number.isNaN(date.getTime())) return undefined;
  return date.toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z');
}
