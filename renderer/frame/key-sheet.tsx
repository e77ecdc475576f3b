import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Keycap } from '../ui/keycap.tsx';
import { useLetterKeys } from '../ui/letter-keys.ts';
import { capText, keyGroups, type KeyLine } from './key-map.ts';
import { usePlaces } from './navigation.tsx';

/** All keys and what they do. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const letters = useLetterKeys();
  const places = usePlaces();
  // `g` leads only to pages that this person has.
  const leads = (line: KeyLine): boolean => {
    const [first, letter] = line.caps[0] ?? [];
    return first !== 'g' || places.some((place) => place.letter === letter);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size={560}
      title={t('keys.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {!letters && <p className="b-keys-off">{t('keys.lettersOff')}</p>}
      {keyGroups.map((group) => (
        <section key={group.label} className="b-keys">
          <h3>{t(group.label)}</h3>
          <dl>
            {group.lines
              .filter((line) => (letters || line.letter !== true) && leads(line))
              .map((line) => (
                <KeyRow key={line.label} line={line} />
              ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}

function KeyRow({ line }: { line: KeyLine }) {
  const { t } = useTranslation();
  return (
    <div>
      <dt>{t(line.label)}</dt>
      <dd>
        {line.caps.map((caps) => (
          <span key={caps.join(' ')}>
            {caps.map((cap) => (
              <Keycap key={cap}>{capText(cap)}</Keycap>
            ))}
          </span>
        ))}
      </dd>
    </div>
  );
}
