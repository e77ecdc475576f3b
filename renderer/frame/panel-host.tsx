import { IconSearch } from '@tabler/icons-react';
import { Component, lazy, type ReactNode, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { toastError } from '../ui/toast.ts';
import { type Panel, showPanel, typeAhead, usePanel } from './panels.ts';

const loaders = {
  palette: () => import('../palette/palette.tsx'),
  activity: () => import('../activity/activity-drawer.tsx'),
  keys: () => import('./key-sheet.tsx'),
};
const Palette = lazy(async () => ({ default: (await loaders.palette()).Palette }));
const ActivityDrawer = lazy(async () => ({ default: (await loaders.activity()).ActivityDrawer }));
const KeySheet = lazy(async () => ({ default: (await loaders.keys()).KeySheet }));

const idleMs = 2_000;

/** The panel that is open, if any. Their code comes when the page has been shown, so that it opens at once. */
export function PanelHost() {
  const { t } = useTranslation();
  const panel = usePanel();
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of Object.values(loaders)) void load().catch(() => undefined);
    }, idleMs);
    return () => clearTimeout(timer);
  }, []);
  if (panel === null) return null;
  return (
    <Boundary key={panel} onFail={() => toastError(t('app.panelFailed'))}>
      <Suspense fallback={panel === 'palette' && <PaletteWaiting />}>{contentOf(panel)}</Suspense>
    </Boundary>
  );
}

function contentOf(panel: Panel): ReactNode {
  const onClose = (): void => showPanel(null);
  switch (panel) {
    case 'palette':
      return <Palette onClose={onClose} />;
    case 'activity':
      return <ActivityDrawer onClose={onClose} />;
    case 'keys':
      return <KeySheet onClose={onClose} />;
  }
}

/** The palette's field before its code is here: no letter is lost. */
function PaletteWaiting() {
  const { t } = useTranslation();
  return (
    <div className="b-palette-waiting" role="dialog" aria-label={t('palette.title')}>
      <div className="b-palette-field">
        <IconSearch size={20} stroke={1.75} aria-hidden />
        <input
          autoFocus
          aria-label={t('palette.title')}
          placeholder={t('palette.placeholder')}
          onChange={(event) => typeAhead(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Escape' && showPanel(null)}
        />
      </div>
    </div>
  );
}

/** Code that cannot be loaded, since the server is away, or that has a fault, takes no page with it. */
class Boundary extends Component<{ children: ReactNode; onFail: () => void }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(): void {
    this.props.onFail();
    showPanel(null);
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}
