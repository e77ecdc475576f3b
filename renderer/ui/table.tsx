import { VisuallyHidden } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import './table.css';
import { type ComponentType, lazy, type ReactNode, type RefObject, Suspense, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { type RowKeys, useTableKeys } from './table-keys.ts';
import { Row } from './table-rows.tsx';
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

/** What draws the rows. */
export interface BodyProps<T> extends Omit<TableProps<T>, 'selection'> {
  selection: RowSelection | undefined;
  root: RefObject<HTMLDivElement | null>;
  /** The row that has the focus. */
  current: number | null;
  /** Brings a row that is not drawn into sight; set by what does not draw all. */
  scroller: RefObject<(index: number) => void>;
}

/**
 * Few lists are so long that not all rows are drawn: the code for that is loaded when one is, and until then its first rows
 * stand there.
 */
const VirtualBody = lazy(async () => {
  const { VirtualBody: LongBody } = await import('./table-virtual-body.tsx');
  // `lazy` forgets what kind of rows a component takes.
  return { default: LongBody as unknown as ComponentType<unknown> };
}) as unknown as typeof WholeBody;

function Body<T>(props: Omit<BodyProps<T>, 'current' | 'scroller'>) {
  const { root, rows, selection, keys } = props;
  const scroller = useRef<(index: number) => void>(() => undefined);
  const current = useTableKeys({ root, rows, selection, keys, scrollTo: (index) => scroller.current(index) });
  const all = { ...props, current, scroller };
  if (rows.length <= drawnAtOnce) return <WholeBody {...all} />;
  return (
    <Suspense fallback={<WholeBody {...all} rows={rows.slice(0, drawnAtOnce)} />}>
      <VirtualBody {...all} />
    </Suspense>
  );
}

function WholeBody<T>({ rows, columns, idOf, selection }: BodyProps<T>) {
  return (
    <tbody>
      {rows.map((row, index) => (
        <Row
          key={idOf(row)}
          row={row}
          index={index}
          columns={columns}
          isSelected={selection?.has(index)}
          name={selection?.nameOf(index)}
          toggle={selection?.toggle}
        />
      ))}
    </tbody>
  );
}
