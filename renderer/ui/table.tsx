import { VisuallyHidden } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import './table.css';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type RowKeys, useTableKeys } from './table-keys.ts';
import { type RowSelection, type Selection, useRowSelection } from './table-selection.ts';

export interface Column<T> {
  /** Names the column: the field that the server sorts by, and what is shown where `render` is missing. */
  accessor: string;
  title: ReactNode;
  /** In px; the columns without share what the others leave. */
  width?: number;
  textAlign?: 'left' | 'right';
  sortable?: boolean;
  hidden?: boolean;
  /** Whether the person may hide or show it, by the column choice. */
  optional?: boolean;
  render?: (row: T, index: number) => ReactNode;
}

export interface TableSort {
  /** A field name, `-` before it for descending. */
  value: string;
  onChange: (value: string) => void;
}

export interface TableProps<T> {
  rows: readonly T[];
  columns: readonly Column<T>[];
  idOf: (row: T) => string | number;
  /** All rows that there are, also those not loaded; left out while nobody knows. */
  total?: number | undefined;
  /** What the table holds, for those who do not see it. */
  label?: string | undefined;
  selection?: Selection<T> | undefined;
  sort?: TableSort | undefined;
  keys?: RowKeys<T> | undefined;
}

/** In px, as table.css draws them. */
const rowHeight = 40;
/** The least that a column without a width keeps. */
const leastWidth = 200;
const checkWidth = 44;
/** Fewer rows are drawn all: the browser's own search then finds each. */
const drawnAtOnce = 100;

/**
 * A table that draws only the rows in sight, so that it scrolls as smoothly with 100,000 rows as with ten. The page
 * scrolls, its header stays; a table wider than the page scrolls sideways by itself.
 */
export function Table<T>(props: TableProps<T>) {
  const { rows, columns, idOf, label, sort, total } = props;
  const shown = useMemo(() => columns.filter((column) => column.hidden !== true), [columns]);
  const root = useRef<HTMLDivElement>(null);
  const selection = useRowSelection(rows, idOf, props.selection);
  const least = leastOf(shown, selection !== undefined);
  const { ref: measured, width } = useElementSize();
  const room = useMergedRef(root, measured);
  // Before it is measured, its width is 0.
  const isWide = width > 0 && least > width;
  return (
    <div ref={room} className="b-table-room" data-wide={isWide || undefined}>
      <table
        className="b-table"
        aria-label={label}
        aria-rowcount={total === undefined ? -1 : Math.max(total, rows.length) + 1}
        style={{ minWidth: isWide ? least : undefined }}
      >
        <colgroup>
          {selection && <col style={{ width: checkWidth }} />}
          {shown.map((column) => (
            <col key={column.accessor} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection && <SelectAll selection={selection} />}
            {shown.map((column) => (
              <Header key={column.accessor} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <Body {...props} columns={shown} selection={selection} root={root} />
      </table>
    </div>
  );
}

function leastOf<T>(columns: readonly Column<T>[], selects: boolean): number {
  const widths = columns.reduce((sum, { width }) => sum + (width ?? leastWidth), 0);
  return widths + (selects ? checkWidth : 0);
}

function Header<T>({ column, sort }: { column: Column<T>; sort: TableSort | undefined }) {
  const { accessor, title, textAlign, sortable } = column;
  const sorts = sortable === true && sort !== undefined;
  const direction =
    sort?.value === accessor ? 'ascending' : sort?.value === `-${accessor}` ? 'descending' : undefined;
  if (title === '') return <td />;
  return (
    <th scope="col" data-align={textAlign} aria-sort={sorts ? direction : undefined}>
      {sorts ? <SortButton field={accessor} label={title} sort={sort} /> : title}
    </th>
  );
}

/** A column header to sort by; the arrow shows only where the table is sorted. */
function SortButton({ field, label, sort }: { field: string; label: ReactNode; sort: TableSort }) {
  const { t } = useTranslation();
  const up = sort.value === field;
  const down = sort.value === `-${field}`;
  // Times are sought newest first, names from A: the first click does the likelier one.
  const firstDown = field !== 'name';
  const next = up || (!down && firstDown) ? `-${field}` : field;
  return (
    <button type="button" className="b-sort" onClick={() => sort.onChange(next)}>
      {label}
      {up && <IconArrowUp size={14} stroke={2} aria-hidden />}
      {down && <IconArrowDown size={14} stroke={2} aria-hidden />}
      {(up || down) && <VisuallyHidden>{t(up ? 'action.sortedUp' : 'action.sortedDown')}</VisuallyHidden>}
    </button>
  );
}

function SelectAll({ selection }: { selection: RowSelection }) {
  const { t } = useTranslation();
  const { some, all, toggleAll } = selection;
  return (
    <th scope="col" className="b-check">
      <input
        type="checkbox"
        aria-label={t('table.selectAll')}
        checked={all}
        ref={(element) => {
          if (element) element.indeterminate = some && !all;
        }}
        onChange={toggleAll}
      />
    </th>
  );
}

type BodyProps<T> = Omit<TableProps<T>, 'selection'> & {
  selection: RowSelection | undefined;
  root: RefObject<HTMLDivElement | null>;
};

function Body<T>({ rows, columns, idOf, selection, keys, root }: BodyProps<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  const isVirtual = rows.length > drawnAtOnce;
  // What lies above the table changes its height without telling: it is measured whenever rows are drawn.
  // oxlint-disable-next-line react/exhaustive-deps -- it sets only what has changed, so that it ends
  useLayoutEffect(() => {
    const at = (body.current?.getBoundingClientRect().top ?? 0) + globalThis.scrollY;
    if (Math.abs(at - top) > 1) setTop(at);
  });
  // The row that has the focus stays drawn, wherever it is scrolled to.
  const current = useTableKeys({ root, rows, selection, keys, scrollTo: (index) => scrollTo(index) });
  // oxlint-disable-next-line react/incompatible-library -- no compiler keeps its results here
  const virtual = useWindowVirtualizer({
    count: rows.length,
    enabled: isVirtual,
    estimateSize: () => rowHeight,
    getItemKey: (index) => idOf(rows[index] as T),
    overscan: 12,
    scrollMargin: top,
    // The bar at the top and the header of the table lie over the rows.
    scrollPaddingStart: 44 + 32,
    useFlushSync: false,
  });
  const scrollTo = (index: number): void => {
    if (isVirtual) virtual.scrollToIndex(index, { align: 'auto' });
  };
  const items = virtual.getVirtualItems();
  const [first, last] = isVirtual ? [items[0]?.index ?? 0, items.at(-1)?.index ?? -1] : [0, rows.length - 1];
  const kept = isVirtual && current !== null && current < rows.length ? current : null;
  const span = columns.length + (selection ? 1 : 0);
  let next = 0;
  const draw = (index: number): ReactNode => {
    const missing = index - next;
    next = index + 1;
    const row = rows[index] as T;
    return [
      missing > 0 && <Gap key={`above ${index === kept}`} height={missing * rowHeight} span={span} />,
      <Row
        key={idOf(row)}
        row={row}
        index={index}
        columns={columns}
        isSelected={selection?.has(index)}
        name={selection?.nameOf(index)}
        toggle={selection?.toggle}
      />,
    ];
  };
  return (
    <tbody ref={body}>
      {drawnRows({ first, last, kept }).flatMap(draw)}
      {next < rows.length && <Gap height={(rows.length - next) * rowHeight} span={span} />}
    </tbody>
  );
}

function drawnRows({ first, last, kept }: { first: number; last: number; kept: number | null }): number[] {
  const inSight = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  if (kept === null || (kept >= first && kept <= last)) return inSight;
  return kept < first ? [kept, ...inSight] : [...inSight, kept];
}

/** The room of rows that are not drawn. */
function Gap({ height, span }: { height: number; span: number }) {
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
const Row = memo(PlainRow) as typeof PlainRow;

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
