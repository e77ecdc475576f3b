import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { activities } from '../activity/store.ts';
import { bootQuery, signOut } from '../api/session.ts';

/** Signs out, forgets all that was loaded for this user, and shows the sign-in form. */
export function useLeave(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async () => {
    activities.clear();
    await signOut();
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== bootQuery.queryKey[0] });
    // Read anew instead of removed: whoever watches it, the event stream above all, hears that nobody is signed in.
    await queryClient.fetchQuery({ ...bootQuery, staleTime: 0 });
    await router.navigate({ to: '/login' });
    await router.invalidate();
  };
}
