import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../api/types.ts';

type Details = Readonly<Record<string, unknown>>;

export interface Change {
  name: string;
  /** As text; undefined where the side has none. */
  before: string | undefined;
  after: string | undefined;
}

/** One value as text: texts as they are, the rest as JSON writes it. */
function tell(side: Details | null, name: string): string | undefined {
  if (side === null || !Object.hasOwn(side, name)) return undefined;
  const value = side[name];
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** What an entry says was there before and after, name by name: what differs first. */
export function changesOf({ before, after }: Pick<AuditEntry, 'before' | 'after'>): Change[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const all = [...names].map((name) => ({ name, before: tell(before, name), after: tell(after, name) }));
  const differs = (change: Change): boolean => change.before !== change.after;
  return [...all.filter(differs), ...all.filter((change) => !differs(change))];
}

/** What was changed, as a table: the value before and after, or the one side there is. */
export function Changes({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const changes = changesOf(entry);
  if (changes.length === 0) return null;
  const { before, after } = entry;
  return (
    <table className="b-audit-changes">
      <caption>{t('audit.changes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('audit.changeName')}</th>
          {before && <th scope="col">{t('audit.before')}</th>}
          {after && <th scope="col">{t('audit.after')}</th>}
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.name} data-same={(before && after && change.before === change.after) || undefined}>
            <th scope="row">{change.name}</th>
            {before && <Value text={change.before} />}
            {after && <Value text={change.after} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ text }: { text: string | undefined }) {
  const { t } = useTranslation();
  const none = text === undefined || text === '' || text === 'null';
  return <td>{none ? <span className="b-dim">{t('audit.noValue')}</span> : text}</td>;
}
