import { ActionIcon, Button } from '@mantine/core';
import { IconTrash, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Size } from './size.tsx';

export interface BulkBarProps {
  count: number;
  bytes?: number;
  /** Set once all rows that are loaded are selected and there are more: selects those too. */
  selectAll?: { count: number | null; onSelect: () => void; isBusy: boolean } | undefined;
  /** Actions besides deleting. */
  actions?: ReactNode;
  /** Words of the harmful one; "Delete…" without. */
  deleteLabel?: string;
  onDelete?: (() => void) | undefined;
  onClear: () => void;
}

/** What can be done with the selected rows; floats above the bottom edge. Esc clears the selection. */
export function BulkBar({ count, bytes, selectAll, actions, deleteLabel, onDelete, onClear }: BulkBarProps) {
  const { t } = useTranslation();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !document.querySelector('[role=dialog]')) onClear();
    };
    // On the way down and before any dialog's own listener, which was added later: after that one the dialog is gone already.
    globalThis.addEventListener('keydown', onKey, { capture: true });
    return () => globalThis.removeEventListener('keydown', onKey, { capture: true });
  }, [onClear]);
  return (
    <div className="b-bulk" role="region" aria-label={t('count.selected', { count })}>
      <span aria-live="polite">
        <strong>{t('count.selected', { count })}</strong>{' '}
        {bytes !== undefined && (
          <span className="b-dim">
            <Size bytes={bytes} />
          </span>
        )}
      </span>
      {selectAll && (
        <Button variant="subtle" color="tide" loading={selectAll.isBusy} onClick={selectAll.onSelect}>
          {selectAll.count === null
            ? t('table.selectEvery')
            : t('table.selectAllOf', { count: selectAll.count })}
        </Button>
      )}
      {(Boolean(actions) || onDelete) && <span className="b-bulk-line" />}
      {actions}
      {onDelete && (
        <>
          {Boolean(actions) && <span className="b-bulk-line" />}
          <Button
            variant="light"
            color="red"
            leftSection={<IconTrash size={16} stroke={1.75} />}
            onClick={onDelete}
          >
            {deleteLabel ?? t('delete.button')}
          </Button>
        </>
      )}
      <ActionIcon aria-label={t('action.close')} onClick={onClear}>
        <IconX size={16} stroke={1.75} />
      </ActionIcon>
    </div>
  );
}
