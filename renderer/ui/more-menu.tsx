import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

export interface MoreMenuProps {
  /** What the menu is of, where it is one of many: the name of its row. */
  of?: string;
  /** What it offers besides, in front. */
  others?: readonly { label: string; onItem: () => void }[] | undefined;
  /** What is harmful, and stands last. */
  item?: string;
  onItem?: () => void;
}

/** The `⋯` of a page's header; in a row it shows on hover and focus. */
export function MoreMenu({ of, others = [], item, onItem }: MoreMenuProps) {
  const { t } = useTranslation();
  const icon = <IconDots size={16} stroke={1.75} />;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        {of === undefined ? (
          <ActionIcon variant="default" size={30} aria-label={t('action.more')}>
            {icon}
          </ActionIcon>
        ) : (
          <ActionIcon className="b-on-hover" aria-label={t('action.moreOf', { name: of })}>
            {icon}
          </ActionIcon>
        )}
      </Menu.Target>
      <Menu.Dropdown>
        {others.map((other) => (
          <Menu.Item key={other.label} onClick={other.onItem}>
            {other.label}
          </Menu.Item>
        ))}
        {item !== undefined && (
          <Menu.Item data-danger onClick={onItem}>
            {item}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
