import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { activities } from '../activity/store.ts';
import { signOut } from '../api/session.ts';

/** Signs out, forgets all that was loaded for this user, and shows the sign-in form. */
export function useLeave(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async () => {
    activities.clear();
    await signOut();
    queryClient.clear();
    await router.navigate({ to: '/login' });
    await router.invalidate();
  };
}
