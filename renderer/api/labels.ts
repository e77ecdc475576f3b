import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, callPage, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import type { Label, UsedLabel } from './types.ts';

/** Where labels lie: in a project, or on the whole registry. */
export type LabelPlace = { project: string; projectId: number } | 'registry';

export interface LabelText {
  name: string;
  description: string;
  color: string;
}

const listPath = (place: LabelPlace): string =>
  place === 'registry'
    ? `${berthApi}/labels`
    : `${berthApi}/projects/${encodeURIComponent(place.project)}/labels`;

const scopeOf = (place: LabelPlace) =>
  place === 'registry' ? { scope: 'g' } : { scope: 'p', project_id: place.projectId };

/** The labels of a place with how many artifacts carry each (counted up to 1,000). */
export const labelListQuery = (
  place: LabelPlace,
  filter: { name?: string | undefined; sort?: string | undefined },
) =>
  keysetQuery<UsedLabel>(
    keys.labelList(place === 'registry' ? '' : place.project, filter),
    (request, signal) =>
      call<KeysetBody<UsedLabel>>(listPath(place), {
        query: { ...request, q: filter.name && `name=${fuzzy(filter.name)}`, sort: filter.sort },
        signal,
      }),
  );

/**
 * Labels that artifacts of a project may carry: the project's own, then the registry's, a hundred of each at most whose
 * name contains `name`.
 */
export const usableLabelsQuery = (place: Exclude<LabelPlace, 'registry'>, name = '') =>
  queryOptions({
    queryKey: keys.labelList(place.project, { usable: name }),
    queryFn: async ({ signal }) => {
      const list = (of: LabelPlace) =>
        callPage<Label>(`${harborApi}/labels`, {
          query: { ...scopeOf(of), name, page: 1, page_size: 100 },
          signal,
        });
      const [own, registry] = await Promise.all([list(place), list('registry')]);
      return [...own.items, ...registry.items];
    },
  });

/** Throws ApiError 409 when the place has a label of that name. */
export function createLabel(place: LabelPlace, label: LabelText): Promise<void> {
  return call(`${harborApi}/labels`, { method: 'POST', body: { ...label, ...scopeOf(place) } });
}

/** Throws ApiError 409 when the place has another label of that name. */
export function updateLabel(id: number, label: LabelText): Promise<void> {
  return call(`${harborApi}/labels/${id}`, { method: 'PUT', body: label });
}

/** Artifacts lose it too. */
export function deleteLabel(id: number): Promise<void> {
  return call(`${harborApi}/labels/${id}`, { method: 'DELETE' });
}

/** What a change of a label makes stale: the artifacts that carry it show it. */
export const placeKey = (place: LabelPlace): readonly unknown[] =>
  place === 'registry' ? keys.allOfProjects : keys.project(place.project);
