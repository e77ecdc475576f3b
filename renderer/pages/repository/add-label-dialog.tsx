import { Select } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { startActivity } from '../../activity/store.ts';
import { addLabel } from '../../api/artifact-details.ts';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { usableLabelsQuery } from '../../api/labels.ts';
import type { Artifact, Label } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';

export interface AddLabelDialogProps {
  project: string;
  projectId: number;
  repo: string;
  artifacts: readonly Artifact[];
  onClose: () => void;
}

/** Gives one label to all that are selected, as an activity. */
export function AddLabelDialog({ project, projectId, repo, artifacts, onClose }: AddLabelDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const labels = useQuery(usableLabelsQuery({ project, projectId })).data ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [missing, setMissing] = useState(false);
  const submit = (): void => {
    const label = labels.find(({ id }) => String(id) === chosen);
    if (!label) return setMissing(true);
    const refresh = () => queryClient.invalidateQueries({ queryKey: keys.repository(project, repo) });
    labelAside({ project, repo, artifacts, label, refresh });
    onClose();
  };
  return (
    <FormDialog
      title={t('repository.labelTitle', { count: artifacts.length })}
      submit={t('repository.labelSubmit')}
      busy={false}
      onClose={onClose}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Select
        data-autofocus
        label={t('repository.label')}
        description={labels.length === 0 ? t('repository.labelNone') : undefined}
        searchable
        data={labels.map(({ id, name }) => ({ value: String(id), label: name }))}
        value={chosen}
        onChange={setChosen}
        nothingFoundMessage={t('repository.labelNoMatch')}
        error={missing && chosen === null ? t('repository.labelMissing') : null}
      />
    </FormDialog>
  );
}

interface Labelling {
  project: string;
  repo: string;
  artifacts: readonly Artifact[];
  label: Label;
  refresh: () => Promise<void>;
}

function labelAside({ project, repo, artifacts, label, refresh }: Labelling): void {
  const { name } = label;
  startActivity({
    title: (t) => t('repository.labelActivity', { name, count: artifacts.length }),
    unit: 'items',
    total: artifacts.length,
    async run({ signal, report }) {
      let done = 0;
      try {
        for (const { digest } of artifacts) {
          if (signal.aborted) break;
          await addLabel({ project, repo, digest }, label.id).catch((error: unknown) => {
            // It carries the label already, which is what was wanted.
            if (!hasStatus(error, 409)) throw error;
          });
          done += 1;
          report({ done });
        }
      } finally {
        await refresh();
      }
      return { summary: (t) => t('repository.labelDone', { name, count: done }) };
    },
  });
}
