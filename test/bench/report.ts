import type { ListFigure } from './lists.ts';
import type { Figure } from './resources.ts';
import type { Row } from './rows.ts';
import type { Target } from './targets.ts';

/** A row with what each server did in each round. */
export interface Measured {
  readonly row: Pick<Row, 'id' | 'title' | 'unit' | 'atLeast'>;
  readonly rounds: ReadonlyMap<Target['id'], readonly number[]>;
  /** The client without any registry, where that was measured. */
  readonly alone: readonly number[];
}

export type Server = Pick<Target, 'id' | 'title'>;

const BASE = 'docker-registry';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}

/** How many times better than docker-registry 2.8.2; undefined where that was not measured. */
export function ratioOf({ row, rounds }: Measured, id: Target['id']): number | undefined {
  const base = rounds.get(BASE);
  const own = rounds.get(id);
  if (!base || !own) return undefined;
  return row.unit === 'seconds' ? median(base) / median(own) : median(own) / median(base);
}

function amount(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const UNITS: Readonly<Record<Row['unit'], string>> = {
  'per second': '/s',
  'GB/s': ' GB/s',
  seconds: ' s',
};

function cell(measured: Measured, id: Target['id']): string {
  const rounds = measured.rounds.get(id);
  if (!rounds) return '';
  const ratio = ratioOf(measured, id);
  const times = ratio === undefined || id === BASE ? '' : ` (${amount(ratio)}x)`;
  return `${amount(median(rounds))}${UNITS[measured.row.unit]}${times}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) =>
    Math.max(text.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const reached = (yes: boolean): string => (yes ? 'reached' : 'not reached');

/** The speed table as Markdown: medians, in brackets the ratio to docker-registry 2.8.2, beside the aim. */
export function speedTable(measured: readonly Measured[], servers: readonly Server[]): string {
  const head = ['work', ...servers.map((server) => server.title), 'at least', ''];
  const rows = measured.map((each) => {
    const ratio = ratioOf(each, 'berth');
    const verdict = ratio === undefined ? '' : reached(ratio >= each.row.atLeast);
    return [
      each.row.title,
      ...servers.map((server) => cell(each, server.id)),
      `${each.row.atLeast}x`,
      verdict,
    ];
  });
  const alone = measured
    .filter((each) => each.alone.length > 0)
    .map(
      (each) =>
        `\n\nThe client alone, ${each.row.title}: ${amount(median(each.alone))}${UNITS[each.row.unit]}.`,
    );
  return `${table(head, rows)}${alone.join('')}`;
}

/** What ours needs, as Markdown: medians beside what they may be at most. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ title, unit, atMost, values, leftOut }) => [
    title,
    leftOut === undefined ? `${amount(median(values))} ${unit}` : `left out: ${leftOut}`,
    `${atMost} ${unit}`,
    leftOut === undefined ? reached(median(values) <= atMost) : '',
  ]);
  return table(['Berth', 'median', 'at most', ''], rows);
}

/** Times of lists as Markdown: a small repository beside a large one. */
export function listTable(figures: readonly ListFigure[]): string {
  const rows = figures.map(({ title, small, large, sizes, atMostMs, atMostTimes }) => {
    const [few, many] = [median(small), median(large)];
    return [
      title,
      `${sizes.small.toLocaleString('en-US')}: ${amount(few)} ms`,
      `${sizes.large.toLocaleString('en-US')}: ${amount(many)} ms`,
      `${amount(many / few)}x`,
      atMostTimes === undefined ? `${atMostMs} ms` : `${atMostMs} ms, ${atMostTimes}x`,
      reached(many <= atMostMs && many <= few * (atMostTimes ?? Number.POSITIVE_INFINITY)),
    ];
  });
  return table(['list', 'few', 'many', 'ratio', 'at most', ''], rows);
}
