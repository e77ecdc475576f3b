import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ActivityAnnouncer } from '../activity/announcer.tsx';
import { connectLive } from '../api/live.ts';
import { useBoot } from '../api/session.ts';
import { openPanel, showPanel } from './panels.ts';

const isDrawerOpen = (): boolean => openPanel() === 'activity';
const openDrawer = (): void => showPanel('activity');

/** Around every page: the event stream, opened anew when somebody signs in or out. */
export function Root() {
  const queryClient = useQueryClient();
  const userId = useBoot().user?.user_id;
  useEffect(() => connectLive(queryClient), [queryClient, userId]);
  return (
    <>
      <Outlet />
      <ActivityAnnouncer isDrawerOpen={isDrawerOpen} openDrawer={openDrawer} />
    </>
  );
}
