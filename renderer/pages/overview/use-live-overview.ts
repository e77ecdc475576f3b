import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { byItself } from '../../api/automatic.ts';
import { keys } from '../../api/keys.ts';
import { useLiveEvent } from '../../api/live.ts';

/** Counts are written down once a second, so asking earlier would miss the very push that one was told of. */
const settleMs = 1_500;

/** Reads the overview anew after something happened, once for all that happens close together. */
export function useLiveOverview(): void {
  const queryClient = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const refresh = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      byItself(() => void queryClient.invalidateQueries({ queryKey: keys.overview }));
    }, settleMs);
  }, [queryClient]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  useLiveEvent('artifact.pushed', refresh);
  useLiveEvent('artifact.deleted', refresh);
  useLiveEvent('repository.deleted', refresh);
  useLiveEvent('project.created', refresh);
  useLiveEvent('project.deleted', refresh);
  useLiveEvent('member.changed', refresh);
}
