import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Finds projects, images, tags, people, pages and actions. */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} size={640} withCloseButton={false}>
      {t('palette.placeholder')}
    </Modal>
  );
}
