import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from './table.tsx';
import type { RowSelection } from './table-selection.ts';

/** The room of rows that are not drawn. */
export function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr className="b-gap" aria-hidden>
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}

interface RowProps<T> {
  row: T;
  index: number;
  columns: readonly Column<T>[];
  isSelected: boolean | undefined;
  /** What the row's checkbox says it selects. */
  name: string | undefined;
  toggle: RowSelection['toggle'] | undefined;
}

function PlainRow<T>({ row, index, columns, isSelected, name, toggle }: RowProps<T>) {
  return (
    <tr data-index={index} data-selected={isSelected === true || undefined} aria-rowindex={index + 2}>
      {toggle && <CheckCell index={index} name={name ?? ''} checked={isSelected === true} toggle={toggle} />}
      {columns.map((column) => (
        <td key={column.accessor} data-align={column.textAlign}>
          {column.render ? column.render(row, index) : String(row[column.accessor as keyof T] ?? '')}
        </td>
      ))}
    </tr>
  );
}

/** Scrolling draws the table again and again, but a row only when it or its columns changed. */
export const Row = memo(PlainRow) as typeof PlainRow;

interface CheckCellProps {
  index: number;
  name: string;
  checked: boolean;
  toggle: RowSelection['toggle'];
}

function CheckCell({ index, name, checked, toggle }: CheckCellProps) {
  const { t } = useTranslation();
  return (
    <td className="b-check">
      <input
        type="checkbox"
        aria-label={t('table.selectRow', { name })}
        checked={checked}
        onChange={(event) => toggle(index, (event.nativeEvent as MouseEvent).shiftKey)}
      />
    </td>
  );
}
