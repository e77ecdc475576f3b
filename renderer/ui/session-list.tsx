import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../api/errors.ts';
import { keys } from '../api/keys.ts';
import { endOtherSessions, endSession, type SessionsOf, sessionsQuery } from '../api/profile.ts';
import type { Session } from '../api/types.ts';
import { Loaded } from './loaded.tsx';
import './session-list.css';
import { useCause } from './states.tsx';
import { Ago } from './time.tsx';
import { toast, toastError } from './toast.ts';
import { readUserAgent } from './user-agent.ts';

/** Where an account is signed in, the one used last first; each can be ended, but for the one that asks. */
export function SessionList({ of }: { of: SessionsOf }) {
  const { t } = useTranslation();
  const query = useQuery(sessionsQuery(of));
  return (
    <Loaded query={query} what={t('profile.sessions')}>
      {(sessions) =>
        sessions.length === 0 ? (
          <p className="b-text-2">{t('profile.noSessions')}</p>
        ) : (
          <ul className="b-sessions">
            {sessions.map((session) => (
              <SessionRow key={session.id} of={of} session={session} />
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function SessionRow({ of, session }: { of: SessionsOf; session: Session }) {
  const { t } = useTranslation();
  const end = useEndSession(of);
  const name = useNameOf(session);
  return (
    <li>
      <div>
        <span className="b-session-name">
          <span className="b-name">{name}</span>
          {session.current && <span className="b-state-chip">{t('profile.thisSession')}</span>}
        </span>
        <span className="b-session-facts">
          {session.address !== '' && <code>{session.address}</code>}
          <span>
            {t('profile.signedIn')} <Ago time={session.creation_time} />
          </span>
          <span>
            {t('profile.lastUsed')} <Ago time={session.last_used_time} />
          </span>
        </span>
      </div>
      {!session.current && (
        <Button
          aria-label={t('profile.endSession', { name })}
          loading={end.isPending}
          onClick={() => end.mutate(session.id)}
        >
          {t('profile.end')}
        </Button>
      )}
    </li>
  );
}

function useNameOf({ via, user_agent: userAgent }: Session): string {
  const { t } = useTranslation();
  if (via === 'shell') return t('profile.desktopApp');
  const { program, system } = readUserAgent(userAgent);
  if (program !== null && system !== null) return t('profile.programOn', { program, system });
  return program ?? system ?? t('profile.unknownProgram');
}

function useEndSession(of: SessionsOf) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const renew = (): Promise<void> => queryClient.invalidateQueries({ queryKey: keys.sessions(of) });
  return useMutation({
    mutationFn: (id: string) => endSession(of, id),
    onSuccess: async () => {
      await renew();
      toast(t('profile.ended', { count: 1 }));
    },
    onError: async (error) => {
      // Somebody else was faster, or it ran out: what was wanted is so.
      if (!hasStatus(error, 404)) toastError(t('profile.notEnded', { cause: cause(error) }));
      await renew();
    },
  });
}

/** Ends every session of the account but the one that asks. Shown while there is such a one. */
export function EndOthersButton({ of }: { of: SessionsOf }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const others = useQuery(sessionsQuery(of)).data?.filter((session) => !session.current).length ?? 0;
  const end = useMutation({
    mutationFn: () => endOtherSessions(of),
    onSuccess: (count) => toast(t('profile.ended', { count })),
    onError: (error) => toastError(t('profile.notEnded', { cause: cause(error) })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.sessions(of) }),
  });
  if (others === 0) return null;
  return (
    <Button loading={end.isPending} onClick={() => end.mutate()}>
      {t(of === 'current' ? 'profile.endOthers' : 'profile.endAll', { count: others })}
    </Button>
  );
}
