import { useSyncExternalStore } from 'react';
import { activities, type Activity, isOver } from './store.ts';

/** All long work of this window, the newest first. */
export function useActivities(): readonly Activity[] {
  return useSyncExternalStore(activities.watch, activities.list);
}

/** How many are under way or wait their turn. */
export function useUnfinished(): number {
  return useActivities().filter((activity) => !isOver(activity)).length;
}
