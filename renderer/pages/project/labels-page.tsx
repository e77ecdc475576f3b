import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { projectQuery, useRights } from '../../api/projects.ts';
import { LabelList } from '../labels/label-list.tsx';
import { ProjectShell } from './project-shell.tsx';

const route = getRouteApi('/i/$instance/projects/$project/labels');

export function LabelsPage() {
  const { t } = useTranslation();
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const may = useRights(useQuery(projectQuery(project)).data?.project_id);
  const [creating, { open, close }] = useDisclosure(false);
  return (
    <ProjectShell
      project={project}
      tab="labels"
      actions={
        may('label', 'create') && (
          <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
            {t('labels.new')}
          </Button>
        )
      }
    >
      {(row) => (
        <LabelList
          place={{ project, projectId: row.project_id }}
          may={{
            create: may('label', 'create'),
            update: may('label', 'update'),
            delete: may('label', 'delete'),
          }}
          search={search}
          onSearch={(change) =>
            void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true })
          }
          creating={creating}
          onCreating={(on) => (on ? open() : close())}
        />
      )}
    </ProjectShell>
  );
}
