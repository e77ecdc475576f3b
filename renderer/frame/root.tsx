import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ActivityAnnouncer } from '../activity/announcer.tsx';
import { connectLive } from '../api/live.ts';
import { bootQuery, useBoot } from '../api/session.ts';
import { openPanel, showPanel } from './panels.ts';

const isDrawerOpen = (): boolean => openPanel() === 'activity';
const openDrawer = (): void => showPanel('activity');

/** Around every page: the event stream, opened anew when somebody signs in or out. */
export function Root() {
  const queryClient = useQueryClient();
  const router = useRouter();
  const userId = useBoot().user?.user_id ?? null;
  useEffect(() => {
    const onOtherUser = (): void => {
      void queryClient.refetchQueries(bootQuery).then(async () => {
        const isOut = userId !== null && queryClient.getQueryData(bootQuery.queryKey)?.user === null;
        const to = location.pathname + location.search;
        await router.invalidate();
        // Whoever is signed out in the middle of work signs in and is back.
        if (isOut) await router.navigate({ to: '/login', search: { to } });
      });
    };
    connectLive({ queryClient, userId, onOtherUser });
  }, [queryClient, router, userId]);
  return (
    <>
      <Outlet />
      <ActivityAnnouncer isDrawerOpen={isDrawerOpen} openDrawer={openDrawer} />
    </>
  );
}
