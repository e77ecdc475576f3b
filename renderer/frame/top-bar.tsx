import { ActionIcon } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { ActivityButton } from '../activity/activity-button.tsx';
import type { Instance } from '../instance/local.ts';
import { Keycap } from '../ui/keycap.tsx';
import { AccountMenu } from './account-menu.tsx';
import { capText } from './key-map.ts';
import { showPanel } from './panels.ts';

const paletteKeys = `${capText('Mod')} K`;

/** The instance, the field that opens the palette, long work, and who is signed in. */
export function TopBar({ instance, onMenu }: { instance: Instance; onMenu: (() => void) | undefined }) {
  const { t } = useTranslation();
  return (
    <header
      className="b-topbar"
      style={{ '--instance-color': instance.color } as CSSProperties}
      data-instance
    >
      {onMenu && (
        <ActionIcon className="b-no-drag" aria-label={t('nav.open')} onClick={onMenu}>
          <IconMenu2 size={16} stroke={1.75} />
        </ActionIcon>
      )}
      <div className="b-instance">
        <span className="b-instance-square" aria-hidden>
          {instance.letter}
        </span>
        <span className="b-instance-name">{instance.name}</span>
      </div>
      <button type="button" className="b-search b-no-drag" onClick={() => showPanel('palette')}>
        <IconSearch size={16} stroke={1.75} aria-hidden />
        <span className="b-search-text">{t('palette.placeholder')}</span>
        <span className="b-search-keys" aria-hidden>
          <Keycap>{paletteKeys}</Keycap>
        </span>
      </button>
      <div className="b-topbar-right b-no-drag">
        <ActivityButton onOpen={() => showPanel('activity')} />
        <AccountMenu />
      </div>
    </header>
  );
}
