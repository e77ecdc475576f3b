import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectQuery, useRights } from '../../api/projects.ts';
import { Forbidden, SkeletonRows } from '../../ui/states.tsx';
import { AuditView, filterOf } from '../audit/audit-view.tsx';
import { ExportButton } from '../audit/export-button.tsx';
import { ProjectShell } from './project-shell.tsx';

const route = getRouteApi('/i/$instance/projects/$project/activity');

/** What was done in a project, for those who administer it. */
export function ActivityPage() {
  const { t } = useTranslation();
  const { project: name } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const projectId = useQuery(projectQuery(name)).data?.project_id;
  const may = useRights(projectId);
  const reads = may('log', 'list');
  return (
    <ProjectShell
      project={name}
      tab="activity"
      actions={reads && projectId !== undefined && <ExportButton filter={filterOf(search, projectId)} />}
    >
      {(project) => {
        if (may.loading) return <SkeletonRows />;
        return reads ? (
          <AuditView
            projectId={project.project_id}
            search={search}
            onSearch={(change) =>
              void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true })
            }
          />
        ) : (
          <Forbidden role={t('role.1')} who={t('state.whoProjectAdmin', { project: name })} />
        );
      }}
    </ProjectShell>
  );
}
