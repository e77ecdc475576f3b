import { Button, Loader } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Trans, useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import type { LoginEvent } from '../../api/types.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { isLoopback } from '../../ui/commands.ts';
import { Ago, useAgo } from '../../ui/time.tsx';
import { clientNameOf } from './client-name.ts';

export interface WaitingProps {
  project: string;
  username: string;
  /** The client sign-in seen last. */
  signIn: LoginEvent | null;
}

/** Waits for the first push; on request says what may be in its way. */
export function Waiting({ project, username, signIn }: WaitingProps) {
  const { t } = useTranslation();
  const [open, { toggle }] = useDisclosure(false);
  const ago = useAgo(signIn?.time);
  return (
    <div className="b-panel">
      <div className="b-waiting">
        <Loader size={16} color="var(--b-accent)" aria-hidden />
        <div role="status">
          <div className="b-waiting-title">{t('welcome.waiting', { project })}</div>
          <div className="b-text-2">
            {signIn
              ? t('welcome.signedIn', { name: signIn.username, client: clientNameOf(signIn.client), ago })
              : t('welcome.noSignIn')}
          </div>
        </div>
        <Button onClick={toggle} aria-expanded={open}>
          {t('welcome.notWorking')}
        </Button>
      </div>
      {open && <Diagnosis project={project} username={username} signIn={signIn} />}
    </div>
  );
}

function Diagnosis({ project, username, signIn }: WaitingProps) {
  const { t } = useTranslation();
  const { registry_host: host, registry_scheme: scheme } = useBoot();
  return (
    <div className="b-diagnosis">
      <h3>{t('diagnosis.signIns')}</h3>
      <p>
        {signIn ? (
          <>
            {t('diagnosis.line', { name: signIn.username, client: clientNameOf(signIn.client) })}{' '}
            <span className="b-dim">
              <Ago time={signIn.time} />
            </span>
          </>
        ) : (
          t('diagnosis.nobody')
        )}
      </p>
      <h3>{t('diagnosis.title')}</h3>
      <dl>
        <dt>{t('diagnosis.refused.q')}</dt>
        <dd>
          {isLoopback(host) ? (
            <Trans
              i18nKey="diagnosis.loopback.a"
              values={{ host }}
              components={{ opt: <code className="b-nowrap" /> }}
            />
          ) : (
            <>
              {t('diagnosis.refused.a', { host })}
              <CommandLine command={`curl -i ${scheme}://${host}/v2/`} />
            </>
          )}
        </dd>
        {scheme === 'http' && (
          <>
            <dt>{t('diagnosis.https.q')}</dt>
            <dd>{t('diagnosis.https.a')}</dd>
          </>
        )}
        <dt>{t('diagnosis.unauthorized.q')}</dt>
        <dd>{t('diagnosis.unauthorized.a', { name: username })}</dd>
        <dt>{t('diagnosis.denied.q')}</dt>
        <dd>{t('diagnosis.denied.a', { prefix: `${host}/${project}/` })}</dd>
      </dl>
    </div>
  );
}
