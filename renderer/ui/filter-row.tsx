import { ActionIcon, Button, CloseButton, Menu, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconChevronDown, IconSearch, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

export function FilterRow({ children, right }: { children: ReactNode; right?: ReactNode }) {
  return (
    <div className="b-filter-row">
      {children}
      {right !== undefined && <div className="b-filter-right">{right}</div>}
    </div>
  );
}

export interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** The page's filter field; the key `/` leads to it. Reports 250 ms after the last stroke. */
export function FilterField({ label, value, onChange }: FilterFieldProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const reported = useRef(value);
  const report = useDebouncedCallback((next: string) => {
    reported.current = next;
    onChange(next);
  }, 250);
  useEffect(() => {
    // The address changed by other means: back, or Clear filters.
    if (value !== reported.current) setText(value);
    reported.current = value;
  }, [value]);
  const set = (next: string): void => {
    setText(next);
    report(next);
  };
  return (
    <TextInput
      className="b-filter-field"
      data-page-filter
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => set(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text !== '') set('');
        else if (event.key === 'Escape') event.currentTarget.blur();
      }}
      leftSection={<IconSearch size={16} stroke={1.75} />}
      rightSection={
        text !== '' && (
          <CloseButton
            size={24}
            aria-label={t('action.clearFilter', { name: label })}
            onClick={() => set('')}
          />
        )
      }
    />
  );
}

export interface FilterMenuProps<T extends string> {
  label: string;
  value: T | undefined;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

/** A drop-down with one choice; the chip that then appears takes it back. */
export function FilterMenu<T extends string>({ label, value, options, onChange }: FilterMenuProps<T>) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button className="b-filter-menu" rightSection={<IconChevronDown size={16} stroke={1.75} />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={value ?? ''} onChange={(chosen) => onChange(chosen as T)}>
          {options.map((option) => (
            <Menu.RadioItem key={option.value} value={option.value} closeMenuOnClick>
              {option.label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

/** An active filter, with ✕ to take it away. */
export function FilterChip({ label, onClear }: { label: string; onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <span className="b-filter-chip">
      {label}
      <ActionIcon
        size={24}
        color="tide"
        aria-label={t('action.clearFilter', { name: label })}
        onClick={onClear}
      >
        <IconX size={16} stroke={1.75} />
      </ActionIcon>
    </span>
  );
}
