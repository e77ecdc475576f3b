import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteLabel, labelListQuery, placeKey, type LabelPlace } from '../../api/labels.ts';
import type { UsedLabel } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { DataPage } from '../../ui/data-page.tsx';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { LabelChip } from '../../ui/label-chip.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import type { LabelsSearch } from './search.ts';
import { lazyPart } from '../../frame/page-code.tsx';

const LabelDialog = lazyPart(async () => (await import('./label-dialog.tsx')).LabelDialog);

export interface LabelListProps {
  place: LabelPlace;
  may: { create: boolean; update: boolean; delete: boolean };
  search: LabelsSearch;
  onSearch: (change: LabelsSearch) => void;
  /** Whether the dialog for a new label is open; its button stands in the page's header. */
  creating: boolean;
  onCreating: (creating: boolean) => void;
}

/** More uses than these are not counted by the server. */
const countedUses = 1000;

/** The labels of a project or of the registry: looked at, made, changed and deleted. */
export function LabelList({ place, may, search, onSearch, creating, onCreating }: LabelListProps) {
  const { t } = useTranslation();
  const sort = search.sort ?? 'name';
  const query = useInfiniteQuery(labelListQuery(place, { name: search.q, sort }));
  const [editing, setEditing] = useState<UsedLabel | null>(null);
  const [deleting, setDeleting] = useState<UsedLabel | null>(null);
  const columns = useColumns({
    ...(may.update && { onEdit: setEditing }),
    ...(may.delete && { onDelete: setDeleting }),
  });
  const none = search.q === undefined && query.data?.pages[0]?.items.length === 0;
  return (
    <>
      {!none && (
        <FilterRow>
          <FilterField
            label={t('labels.filter')}
            value={search.q ?? ''}
            onChange={(q) => onSearch({ q: q || undefined })}
          />
        </FilterRow>
      )}
      <DataPage
        query={query}
        columns={columns}
        idOf={(label) => label.id}
        what={t('labels.what')}
        filtered={
          search.q === undefined
            ? undefined
            : { text: t('labels.noMatch'), clear: () => onSearch({ q: undefined }) }
        }
        empty={<EmptyState text={t(may.create ? 'labels.empty' : 'labels.emptyReader')} />}
        sort={{ value: sort, onChange: (value) => onSearch({ sort: value as LabelsSearch['sort'] }) }}
      />
      {(creating || editing) && (
        <LabelDialog
          place={place}
          label={editing ?? undefined}
          onClose={() => {
            setEditing(null);
            onCreating(false);
          }}
        />
      )}
      {deleting && <DeleteLabelDialog place={place} label={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface ColumnOptions {
  onEdit?: (label: UsedLabel) => void;
  onDelete?: (label: UsedLabel) => void;
}

function useColumns({ onEdit, onDelete }: ColumnOptions): Column<UsedLabel>[] {
  const { t } = useTranslation();
  const usesOf = useUses();
  const columns: Column<UsedLabel>[] = [
    {
      accessor: 'name',
      title: t('labels.name'),
      width: 260,
      sortable: true,
      render: (label) => (
        <span className="b-name">
          <LabelChip label={label} />
        </span>
      ),
    },
    {
      accessor: 'description',
      title: t('labels.description'),
      render: ({ description }) => (
        <span className="b-cut b-block" title={description}>
          {description}
        </span>
      ),
    },
    {
      accessor: 'uses',
      title: t('labels.uses'),
      width: 120,
      textAlign: 'right',
      render: ({ uses }) => <span className="b-num">{usesOf(uses)}</span>,
    },
    {
      accessor: 'update_time',
      title: t('labels.changed'),
      width: 140,
      sortable: true,
      render: (label) => <Ago time={label.update_time} />,
    },
  ];
  if (onEdit || onDelete) {
    columns.push({
      accessor: 'actions',
      title: '',
      width: 44,
      render: (label) => (
        <MoreMenu
          of={label.name}
          others={onEdit && [{ label: t('labels.edit'), onItem: () => onEdit(label) }]}
          {...(onDelete && { item: t('delete.button'), onItem: () => onDelete(label) })}
        />
      ),
    });
  }
  return columns;
}

function useUses(): (uses: number) => string {
  const { t, i18n } = useTranslation();
  return (uses) => {
    const count = formatCount(uses, i18n.language);
    return uses < countedUses ? count : t('labels.usesOrMore', { uses: count });
  };
}

interface DeleteLabelDialogProps {
  place: LabelPlace;
  label: UsedLabel;
  onClose: () => void;
}

function DeleteLabelDialog({ place, label, onClose }: DeleteLabelDialogProps) {
  const { t } = useTranslation();
  const instance = useInstance().name;
  const queryClient = useQueryClient();
  const usesOf = useUses();
  const { name, uses } = label;
  return (
    <DeleteDialog
      title={t('labels.deleteTitle', { name })}
      intro={t(place === 'registry' ? 'labels.deleteIntroAll' : 'labels.deleteIntro', { instance })}
      items={[
        {
          id: name,
          name,
          fate: t('labels.deleteFate', { count: uses, uses: usesOf(uses) }),
          remove: () => deleteLabel(label.id),
        },
      ]}
      verb={t('labels.delete')}
      onClose={onClose}
      onDeleted={() => {
        toast(t('labels.deleted.toast', { name }));
        void queryClient.invalidateQueries({ queryKey: placeKey(place) });
      }}
    />
  );
}
