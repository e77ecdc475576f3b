import { ActionIcon, Menu } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column } from './table.tsx';

type Choice = Readonly<Record<string, boolean>>;

const keyOf = (table: string): string => `berth-columns-${table}`;

function recall(table: string): Choice {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(table)) ?? '{}');
    return typeof kept === 'object' && kept !== null ? (kept as Choice) : {};
  } catch {
    return {};
  }
}

export interface ChosenColumns<T> {
  columns: Column<T>[];
  /** For {@link ColumnMenu}. */
  menu: { options: readonly Column<T>[]; onToggle: (accessor: string, isShown: boolean) => void };
}

/**
 * The columns as the person chose them; the choice is kept in this browser. Those marked `optional` can be chosen, and are
 * shown unless `hidden`: a narrow window hides some until they are asked for.
 */
export function useChosenColumns<T>(table: string, columns: readonly Column<T>[]): ChosenColumns<T> {
  const [choice, setChoice] = useState(() => recall(table));
  const chosen = columns.map((column) => {
    const shown = column.optional === true ? choice[column.accessor] : undefined;
    return shown === undefined ? column : { ...column, hidden: !shown };
  });
  const onToggle = (accessor: string, isShown: boolean): void => {
    const next = { ...choice, [accessor]: isShown };
    localStorage.setItem(keyOf(table), JSON.stringify(next));
    setChoice(next);
  };
  return {
    columns: chosen,
    menu: { options: chosen.filter((column) => column.optional === true), onToggle },
  };
}

/** The button at the right of the filters that says which columns show. */
export function ColumnMenu<T>({ options, onToggle }: ChosenColumns<T>['menu']) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon aria-label={t('table.columns')}>
          <IconAdjustmentsHorizontal size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('table.columns')}</Menu.Label>
        {options.map(({ accessor, title, hidden }) => (
          <Menu.CheckboxItem
            key={accessor}
            checked={hidden !== true}
            onChange={(isShown) => onToggle(accessor, isShown)}
          >
            {title}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
