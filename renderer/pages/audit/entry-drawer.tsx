import { Button, Drawer } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { auditEntryQuery } from '../../api/audit.ts';
import { useBoot } from '../../api/session.ts';
import type { AuditEntry } from '../../api/types.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatExact, formatLogTime } from '../../ui/format.ts';
import { ArtifactLink, ProjectLink, RepositoryLink } from '../../ui/links.tsx';
import { EmptyState, FailedState, SkeletonRows } from '../../ui/states.tsx';
import { Changes } from './changes.tsx';
import { actorOf, phraseOf, placeOf } from './phrases.ts';
import { Result } from './result.tsx';
import type { AuditSearch } from './search.ts';

export interface EntryDrawerProps {
  id: number;
  /** The entry where the list has it already. */
  known: AuditEntry | undefined;
  onClose: () => void;
  /** Shows only entries that are like this one in something. */
  onOnly: (change: AuditSearch) => void;
}

/** One entry with all that was written down, beside the list. */
export function EntryDrawer({ id, known, onClose, onOnly }: EntryDrawerProps) {
  const { t } = useTranslation();
  const query = useQuery({ ...auditEntryQuery(id), ...(known && { initialData: known }) });
  const entry = query.data;
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={480}
      title={entry ? phraseOf(entry, t) : t('audit.entry')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {query.isError && (
        <FailedState what={t('audit.entry')} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {entry === undefined && !query.isError && <SkeletonRows rows={5} />}
      {entry === null && <EmptyState text={t('audit.entryMissing')} />}
      {entry && <Entry entry={entry} onOnly={onOnly} />}
    </Drawer>
  );
}

function Entry({ entry, onOnly }: { entry: AuditEntry; onOnly: EntryDrawerProps['onOnly'] }) {
  const { t, i18n } = useTranslation();
  const { username, resource } = entry;
  return (
    <>
      <dl className="b-audit-facts">
        <Fact name={t('audit.time')}>
          <time dateTime={entry.op_time}>{formatLogTime(entry.op_time, i18n.language)}</time>
          <div className="b-dim b-pre">{formatExact(entry.op_time, i18n.language)}</div>
        </Fact>
        <Fact name={t('audit.who')}>{actorOf(username, t)}</Fact>
        <Fact name={t('audit.address')}>
          {entry.address === '' ? <span className="b-dim">{t('audit.noAddress')}</span> : entry.address}
        </Fact>
        <Fact name={t('audit.object')}>
          <span className="b-mono b-anywhere">{resource}</span>
          <PlaceLink entry={entry} />
        </Fact>
        <Fact name={t('audit.result')}>
          <Result entry={entry} />
        </Fact>
        <Fact name={t('audit.description')}>
          <span className="b-anywhere">{entry.operation_description}</span>
        </Fact>
        {entry.request_id !== '' && (
          <Fact name={t('state.requestId')}>
            <span className="b-request-id">
              <code className="b-anywhere">{entry.request_id}</code>
              <CopyButton value={entry.request_id} what="what.requestId" />
            </span>
          </Fact>
        )}
      </dl>
      <Changes entry={entry} />
      <div className="b-audit-only">
        <Button onClick={() => onOnly({ who: username })}>
          {t('audit.onlyWho', { name: actorOf(username, t) })}
        </Button>
        <Button onClick={() => onOnly({ object: resource })}>{t('audit.onlyObject')}</Button>
      </div>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Leads to the page of what the entry is about, as far as there is one. */
function PlaceLink({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const sysadmin = useBoot().user?.sysadmin === true;
  const place = placeOf(entry);
  if (!place || (place.kind === 'users' && !sysadmin)) return null;
  return (
    <div>
      {t('audit.seeAlso')} {place.kind === 'project' && <ProjectLink project={place.project} />}
      {place.kind === 'repository' && <RepositoryLink project={place.project} repo={place.repo} />}
      {place.kind === 'artifact' && (
        <ArtifactLink project={place.project} repo={place.repo} digest={place.reference}>
          {t('audit.place.artifact')}
        </ArtifactLink>
      )}
      {place.kind === 'members' && (
        <Link to="/i/$instance/projects/$project/members" params={{ instance, project: place.project }}>
          {t('audit.place.members', { project: place.project })}
        </Link>
      )}
      {place.kind === 'labels' && (
        <Link to="/i/$instance/projects/$project/labels" params={{ instance, project: place.project }}>
          {t('audit.place.labels', { project: place.project })}
        </Link>
      )}
      {place.kind === 'users' && (
        <Link to="/i/$instance/users" params={{ instance }} search={{ q: place.name }}>
          {t('audit.place.users')}
        </Link>
      )}
    </div>
  );
}
