import { Readable } from 'node:stream';
import { AppError } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest } from '../../lib/list-query.ts';
import { csvCut, csvEntry, csvHead, MAX_EXPORTED } from './csv.ts';
import type { AuditDetail } from './store.ts';

/** Each walks through the log for its whole length. */
const MAX_AT_ONCE = 3;
const PAGE = 500;

/** Reads a page of what the caller may read. */
type ReadPage = (request: Pick<KeysetRequest, 'limit' | 'after'>) => Promise<KeysetPage<AuditDetail>>;

async function* write(first: KeysetPage<AuditDetail>, read: ReadPage): AsyncGenerator<string> {
  yield csvHead();
  let page = first;
  let left = MAX_EXPORTED;
  for (;;) {
    const items = page.items.slice(0, left);
    left -= items.length;
    if (items.length > 0) yield items.map(csvEntry).join('');
    if (items.length < page.items.length || (left === 0 && page.next !== null)) {
      yield csvCut();
      return;
    }
    if (page.next === null) return;
    page = await read({ limit: PAGE, after: page.next });
  }
}

/**
 * Writes pages of the log as a file of comma-separated values while it is sent: only a page of it is in memory. Refuses
 * with `too_many_requests` when several are being written already, and with what the first page is refused with.
 */
export function createExports(): (read: ReadPage) => Promise<Readable> {
  let running = 0;
  return async (read) => {
    if (running >= MAX_AT_ONCE)
      throw new AppError('too_many_requests', 'other exports of the log are running: try again in a minute');
    running++;
    try {
      const first = await read({ limit: PAGE, after: undefined });
      const stream = Readable.from(write(first, read));
      return stream.once('close', () => running--);
    } catch (error) {
      running--;
      throw error;
    }
  };
}
