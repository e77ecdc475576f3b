import { ActionIcon, CloseButton, Combobox, Tooltip, useCombobox } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addLabel, removeLabel } from '../../api/artifact-details.ts';
import { keys } from '../../api/keys.ts';
import { usableLabelsQuery } from '../../api/labels.ts';
import { LabelChip } from '../../ui/label-chip.tsx';
import { useCause } from '../../ui/states.tsx';
import { toastError } from '../../ui/toast.ts';
import type { ArtifactTagsProps } from './artifact-tags.tsx';

/** Labels of the artifact; who may, adds and removes them here. */
export function LabelsPanel({ artifact, place, may }: ArtifactTagsProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const labels = artifact.labels ?? [];
  const mayAdd = may('artifact-label', 'create');
  const mayRemove = may('artifact-label', 'delete');
  const change = async (does: Promise<void>): Promise<void> => {
    // A label that another window took or gave meanwhile is shown by asking anew.
    await does.catch((error: unknown) => toastError(cause(error)));
    await queryClient.invalidateQueries({ queryKey: keys.repository(place.project, place.repo) });
  };
  if (labels.length === 0 && !mayAdd) return null;
  return (
    <section className="b-panel" aria-label={t('artifact.labels')}>
      <div className="b-panel-head b-panel-bar">
        <h2>{t('artifact.labels')}</h2>
        {mayAdd && (
          <LabelChoice
            place={{ project: place.project, projectId: artifact.project_id }}
            carried={labels.map((label) => label.id)}
            onChoose={(id) => void change(addLabel(place, id))}
          />
        )}
      </div>
      {labels.length === 0 ? (
        <p className="b-panel-empty">{t('artifact.noLabels')}</p>
      ) : (
        <ul className="b-artifact-labels">
          {labels.map((label) => (
            <li key={label.id}>
              <LabelChip label={label} />
              {mayRemove && (
                <CloseButton
                  size={24}
                  iconSize={14}
                  aria-label={t('artifact.removeLabel', { name: label.name })}
                  onClick={() => void change(removeLabel(place, label.id))}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface LabelChoiceProps {
  place: { project: string; projectId: number };
  /** Those that the artifact has already. */
  carried: readonly number[];
  onChoose: (id: number) => void;
}

/** A button that opens a list of labels to choose from, with a field to find one. */
function LabelChoice({ place, carried, onChoose }: LabelChoiceProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setWords('');
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const query = useQuery({ ...usableLabelsQuery(place), enabled: combobox.dropdownOpened });
  const wanted = words.trim().toLowerCase();
  const found = (query.data ?? []).filter(
    (label) => !carried.includes(label.id) && label.name.toLowerCase().includes(wanted),
  );
  return (
    <Combobox
      store={combobox}
      width={260}
      position="bottom-end"
      onOptionSubmit={(id) => {
        onChoose(Number(id));
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Tooltip label={t('artifact.addLabel')}>
          <ActionIcon
            aria-label={t('artifact.addLabel')}
            aria-expanded={combobox.dropdownOpened}
            onClick={() => combobox.toggleDropdown()}
          >
            <IconPlus size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          aria-label={t('artifact.findLabel')}
          placeholder={t('artifact.findLabel')}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Combobox.Options aria-label={t('artifact.labels')} mah={240} className="b-scroll">
          {found.map((label) => (
            <Combobox.Option key={label.id} value={String(label.id)}>
              <LabelChip label={label} />
            </Combobox.Option>
          ))}
          {query.data && found.length === 0 && (
            <Combobox.Empty>
              {t(query.data.length === 0 ? 'artifact.noLabelsYet' : 'artifact.noLabelMatches')}
            </Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
