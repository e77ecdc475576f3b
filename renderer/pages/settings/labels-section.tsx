import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LabelList } from '../labels/label-list.tsx';
import { SettingsFrame } from './frame.tsx';

const route = getRouteApi('/i/$instance/settings/$section');
const all = { create: true, update: true, delete: true };

/** The labels that artifacts of every project may carry. */
export function LabelsSection() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [creating, { open, close }] = useDisclosure(false);
  return (
    <SettingsFrame
      section="labels"
      actions={
        <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
          {t('labels.new')}
        </Button>
      }
    >
      <p className="b-dialog-intro">{t('labels.ofAll')}</p>
      <LabelList
        place="registry"
        may={all}
        search={search}
        onSearch={(change) =>
          void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true })
        }
        creating={creating}
        onCreating={(on) => (on ? open() : close())}
      />
    </SettingsFrame>
  );
}
