import { Modal, VisuallyHidden } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { capText } from '../frame/key-map.ts';
import { takeTypedAhead } from '../frame/panels.ts';
import { Keycap } from '../ui/keycap.tsx';
import { useCause, usePatience } from '../ui/states.tsx';
import type { PaletteItem } from './items.ts';
import { optionId, PaletteList } from './palette-list.tsx';
import { useOpen } from './use-open.ts';
import { usePalette } from './use-palette.ts';

/** Finds projects, images, tags, people, pages and actions, and takes pasted references and digests. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      size={640}
      yOffset={88}
      withCloseButton={false}
      attributes={{ content: { 'aria-label': t('palette.title') } }}
      className="b-palette-modal"
    >
      <PaletteBody onClose={onClose} />
    </Modal>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const cause = useCause();
  const listId = useId();
  const [typed, setTyped] = useState(takeTypedAhead);
  const palette = usePalette(typed);
  const open = useOpen(onClose);
  const waits = useEnterThatWaits(palette, open);
  const late = usePatience(palette.isFinding);
  const { groups, items, chosen, choose } = palette;
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const at = items.findIndex((item) => item.id === chosen?.id);
    if (event.key === 'ArrowDown') choose(items[(at + 1) % items.length]);
    else if (event.key === 'ArrowUp') choose(items.at(at <= 0 ? -1 : at - 1));
    else if (event.key === 'Enter') waits.press(event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className="b-palette-field">
        <IconSearch size={20} stroke={1.75} aria-hidden />
        <input
          data-autofocus
          autoFocus
          role="combobox"
          aria-expanded={items.length > 0}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-label={t('palette.title')}
          aria-activedescendant={chosen && optionId(listId, chosen)}
          placeholder={t('palette.placeholder')}
          value={typed}
          maxLength={2000}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            waits.cancel();
            setTyped(event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        <Keycap>{capText('Esc')}</Keycap>
      </div>
      <div className="b-palette-busy" data-busy={late || undefined} aria-hidden />
      <PaletteList
        id={listId}
        label={t('palette.title')}
        groups={groups}
        typed={typed}
        chosen={chosen}
        onChoose={choose}
        onOpen={open}
      />
      {palette.error !== null && (
        <p className="b-palette-none" role="alert">
          {t('palette.failed', { cause: cause(palette.error) })}
        </p>
      )}
      {items.length === 0 && palette.error === null && !palette.isFinding && (
        <p className="b-palette-none">{t('palette.none')}</p>
      )}
      <PaletteFoot />
      <VisuallyHidden role="status">
        {typed !== '' && !palette.isFinding ? t('palette.results', { count: items.length }) : ''}
      </VisuallyHidden>
    </>
  );
}

/** Enter, pressed before the answer to the last letter is here, means that answer and not the one before it. */
function useEnterThatWaits(
  palette: ReturnType<typeof usePalette>,
  open: (item: PaletteItem, inNewWindow: boolean) => void,
): { press: (inNewWindow: boolean) => void; cancel: () => void } {
  const [waiting, setWaiting] = useState<{ inNewWindow: boolean } | null>(null);
  const { chosen, isFinding, isChosenByHand } = palette;
  useEffect(() => {
    // Opening closes the palette, so this happens once.
    if (waiting !== null && !isFinding && chosen) open(chosen, waiting.inNewWindow);
  }, [waiting, isFinding, chosen, open]);
  return {
    press: (inNewWindow) => {
      if (isFinding && !isChosenByHand) setWaiting({ inNewWindow });
      else if (chosen) open(chosen, inNewWindow);
    },
    cancel: () => setWaiting(null),
  };
}

function PaletteFoot() {
  const { t } = useTranslation();
  return (
    <div className="b-palette-foot" aria-hidden>
      <span>
        <Keycap>{'↑'}</Keycap>
        <Keycap>{'↓'}</Keycap>
        {t('palette.choose')}
      </span>
      <span>
        <Keycap>{capText('Enter')}</Keycap>
        {t('palette.open')}
      </span>
      <span>
        <Keycap>{newWindowKeys}</Keycap>
        {t('palette.openNew')}
      </span>
    </div>
  );
}

const newWindowKeys = `${capText('Mod')} ${capText('Enter')}`;
