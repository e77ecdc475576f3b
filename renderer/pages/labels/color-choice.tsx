import { TextInput } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import './labels.css';

/** Colours that are told from the page in both themes (3:1 on white, 3:1 on the dark page). */
const colors = [
  { hex: '#2f6fde', name: 'labels.color.blue' },
  { hex: '#12908a', name: 'labels.color.teal' },
  { hex: '#1f8a4c', name: 'labels.color.green' },
  { hex: '#a67c00', name: 'labels.color.yellow' },
  { hex: '#d2610c', name: 'labels.color.orange' },
  { hex: '#d4382b', name: 'labels.color.red' },
  { hex: '#c2417c', name: 'labels.color.pink' },
  { hex: '#8f63d6', name: 'labels.color.purple' },
  { hex: '#76808f', name: 'labels.color.gray' },
] as const;

export const firstColor: string = colors[0].hex;

export interface ColorChoiceProps {
  value: string;
  error: ReactNode;
  onChange: (color: string) => void;
}

/** Colours to pick from, and a field for any other. */
export function ColorChoice({ value, error, onChange }: ColorChoiceProps) {
  const { t } = useTranslation();
  const group = useId();
  return (
    <fieldset className="b-colors">
      <legend className="mantine-InputWrapper-label">{t('labels.color')}</legend>
      <div className="b-color-row">
        {colors.map(({ hex, name }) => (
          <label key={hex} className="b-color" title={t(name)}>
            <input
              type="radio"
              name={group}
              className="b-color-radio"
              checked={value.toLowerCase() === hex}
              onChange={() => onChange(hex)}
              aria-label={t(name)}
            />
            <span className="b-color-square" style={{ background: hex }} aria-hidden />
          </label>
        ))}
        <TextInput
          className="b-color-field"
          aria-label={t('labels.colorField')}
          autoComplete="off"
          spellCheck={false}
          data-path="color"
          value={value}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value.trim())}
        />
      </div>
    </fieldset>
  );
}
