import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { auditListQuery } from '../../api/audit.ts';
import { flatten } from '../../api/paging.ts';
import { projectCountQuery } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { isMissing, NotFound } from '../../ui/states.tsx';
import { AuditView, filterOf } from './audit-view.tsx';
import { ExportButton } from './export-button.tsx';

const route = getRouteApi('/i/$instance/audit');

export function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const query = useInfiniteQuery(auditListQuery(filter));
  const { user } = useBoot();
  const administers = useQuery(projectCountQuery).data?.administers;
  // Who may read no log is answered with an empty list, whatever is asked.
  const barred = user?.sysadmin !== true && administers === false && !query.hasNextPage;
  if (isMissing(query.error) || (barred && flatten(query.data).rows?.length === 0)) return <NotFound />;
  return (
    <>
      <PageHeader
        title={t('audit.title')}
        lead={t('audit.lead')}
        actions={<ExportButton filter={filter} />}
      />
      <AuditView
        search={search}
        onSearch={(change) =>
          void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true })
        }
      />
    </>
  );
}
