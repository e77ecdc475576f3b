import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bootQuery, skipFirstRun, useBoot } from '../../api/session.ts';
import { BrandBar } from '../../frame/brand.tsx';
import { ClientCommands } from '../../ui/client-commands.tsx';
import { type Client, clientNames } from '../../ui/commands.ts';
import { formatDuration } from '../../ui/format.ts';
import { useCause } from '../../ui/states.tsx';
import { toastError } from '../../ui/toast.ts';
import { AdminStep } from './admin-step.tsx';
import { clientNameOf } from './client-name.ts';
import { useFirstPush } from './first-push.ts';
import { ProjectStep } from './project-step.tsx';
import { Received, ReceivedActions } from './received.tsx';
import { Step } from './step.tsx';
import './welcome.css';
import { lazyPart } from '../../frame/page-code.tsx';

const Waiting = lazyPart(async () => (await import('./waiting.tsx')).Waiting);

const route = getRouteApi('/welcome');

/** From nothing to the first image, on one page; the last step turns green by itself. */
export function WelcomePage() {
  const { t } = useTranslation();
  const { project } = route.useSearch();
  const boot = useBoot();
  const [client, setClient] = useState<Client>('docker');
  const [adminReady, setAdminReady] = useState(boot.first_run.admin_password_set);
  const { push, signIn } = useFirstPush(project);
  const name = boot.user?.username ?? 'admin';
  const ready = adminReady && project !== undefined;
  const clientName = push && (signIn ? clientNameOf(signIn.client) : clientNames[client]);
  return (
    <>
      <BrandBar>{!push && <Skip />}</BrandBar>
      <main className="b-welcome">
        <h1>{t(push ? 'welcome.doneTitle' : 'welcome.title')}</h1>
        <p className="b-welcome-lead">
          {!push && t('welcome.lead')}
          {push &&
            push.afterMs !== undefined &&
            t('welcome.doneLead', { after: formatDuration(push.afterMs, t) })}
          {push && push.afterMs === undefined && t('welcome.doneLeadPlain')}
        </p>
        <ol className="b-steps-list">
          <AdminStep onReady={() => setAdminReady(true)} />
          <ProjectStep active={adminReady} done={push?.project} />
          <Step
            number={3}
            state={push ? 'done' : ready ? 'active' : 'later'}
            title={t(push ? 'welcome.step3Done' : 'welcome.step3')}
            detail={
              signIn && clientName && t('welcome.step3With', { client: clientName, name: signIn.username })
            }
          >
            {!push && ready && <ClientCommands project={project} client={client} onClient={setClient} />}
          </Step>
          <Step
            number={4}
            last
            state={push ? 'done' : 'later'}
            title={t(push ? 'welcome.step4Done' : 'welcome.step4')}
          >
            {push ? (
              <>
                <Received push={push} />
                <ReceivedActions push={push} />
              </>
            ) : (
              ready && <Waiting project={project} username={name} signIn={signIn} />
            )}
          </Step>
        </ol>
      </main>
    </>
  );
}

function Skip() {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const router = useRouter();
  const skip = async (): Promise<void> => {
    try {
      await skipFirstRun();
      await queryClient.fetchQuery({ ...bootQuery, staleTime: 0 });
      await router.navigate({ to: '/' });
    } catch (error) {
      toastError(cause(error));
    }
  };
  return (
    <Button variant="subtle" color="gray" onClick={() => void skip()}>
      {t('welcome.skip')}
    </Button>
  );
}
