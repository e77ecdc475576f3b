import { Drawer } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { Link, Outlet } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSilentSince } from '../api/live.ts';
import { useBoot } from '../api/session.ts';
import { localInstance, useInstance } from '../instance/local.ts';
import { Banner } from './banner.tsx';
import { usePageKeys } from './keys.ts';
import { Navigation } from './navigation.tsx';
import { PanelHost } from './panel-host.tsx';
import { TopBar } from './top-bar.tsx';

/** Top bar, navigation and the page. */
export function Frame() {
  const { t } = useTranslation();
  const instance = useInstance();
  const wide = useMediaQuery('(min-width: 1100px)', true, { getInitialValueInEffect: false });
  const narrow = useMediaQuery('(max-width: 719px)', false, { getInitialValueInEffect: false });
  const [choice, setChoice] = useState<boolean | null>(null);
  const [drawer, { open, close }] = useDisclosure(false);
  const collapsed = choice ?? !wide;
  const toggle = useCallback(() => (narrow ? open() : setChoice(!collapsed)), [narrow, open, collapsed]);
  usePageKeys(toggle);
  useEffect(() => {
    document.title = `${instance.name} · Berth`;
  }, [instance.name]);
  return (
    <div className="b-frame" data-collapsed={collapsed || undefined}>
      <a className="b-skip" href="#content">
        {t('app.skipToContent')}
      </a>
      <TopBar instance={instance} onMenu={narrow ? open : undefined} />
      <SilentStrip name={instance.name} />
      <ReadOnlyStrip />
      <Banner />
      <div className="b-body">
        {!narrow && <Navigation collapsed={collapsed} />}
        <main id="content" className="b-content" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Drawer
        opened={drawer && narrow}
        onClose={close}
        size={240}
        title={instance.name}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Navigation collapsed={false} onGo={close} />
      </Drawer>
      <PanelHost />
    </div>
  );
}

/** Says that nothing can be changed, and who can end that. */
function ReadOnlyStrip() {
  const { t } = useTranslation();
  const { read_only: readOnly, user } = useBoot();
  if (!readOnly) return null;
  return (
    <div className="b-strip b-strip-neutral" role="status">
      {t('app.readOnly')}{' '}
      {user?.sysadmin === true && (
        <Link to="/i/$instance/settings/$section" params={{ instance: localInstance, section: 'general' }}>
          {t('app.readOnlySettings')}
        </Link>
      )}
    </div>
  );
}

const patienceMs = 4000;

/** Says since when the server is silent; a reconnection within four seconds is nobody's business. */
function SilentStrip({ name }: { name: string }) {
  const since = useSilentSince();
  return since === null ? null : <LateStrip key={since} name={name} since={since} />;
}

function LateStrip({ name, since }: { name: string; since: number }) {
  const { t, i18n } = useTranslation();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  const time = new Intl.DateTimeFormat(i18n.language, { timeStyle: 'short', hourCycle: 'h23' }).format(since);
  return (
    <div className="b-strip" role="alert">
      {t('app.silent', { name, time })}
    </div>
  );
}
