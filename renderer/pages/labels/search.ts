import { choice, optional, text } from '../../search.ts';

export type LabelsSearch = ReturnType<typeof readLabelsSearch>;

/** What the address of a list of labels may hold. */
export function readLabelsSearch(search: Record<string, unknown>) {
  return optional({
    q: text(search['q']),
    sort: choice(search['sort'], ['name', '-name', 'update_time', '-update_time']),
  });
}
