import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { focusRow } from './table-keys.ts';
import { Gap, Row } from './table-rows.tsx';
import type { BodyProps } from './table.tsx';

/** In px, as table.css draws them. */
const rowHeight = 40;

/** The body of a long table: only the rows in sight are drawn, and the one that has the focus. */
export function VirtualBody<T>(props: BodyProps<T>) {
  const { rows, columns, idOf, selection, root, current, scroller } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  // What lies above the table changes its height without telling: it is measured whenever rows are drawn.
  // oxlint-disable-next-line react/exhaustive-deps -- it sets only what has changed, so that it ends
  useLayoutEffect(() => {
    const at = (body.current?.getBoundingClientRect().top ?? 0) + globalThis.scrollY;
    if (Math.abs(at - top) > 1) setTop(at);
  });
  // oxlint-disable-next-line react/incompatible-library -- no compiler keeps its results here
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => idOf(rows[index] as T),
    overscan: 12,
    scrollMargin: top,
    // The bar at the top and the header of the table lie over the rows.
    scrollPaddingStart: 44 + 32,
    useFlushSync: false,
  });
  useLayoutEffect(() => {
    scroller.current = (index) => virtual.scrollToIndex(index, { align: 'auto' });
  }, [scroller, virtual]);
  // This took the place of a body in which a row had the focus, which went with that row.
  useLayoutEffect(() => {
    if (current !== null && document.activeElement === document.body) focusRow(root.current, current);
    // oxlint-disable-next-line react/exhaustive-deps -- once, when it comes
  }, []);
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  // The row that has the focus stays drawn, wherever it is scrolled to.
  const kept = current !== null && current < rows.length ? current : null;
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
