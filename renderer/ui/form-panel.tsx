import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import './form-panel.css';

export interface FormPanelProps {
  title: string;
  /** Says "changed, not saved" in the head. */
  changed?: boolean;
  /** Stands at the right of the head. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A section of a page with settings. */
export function FormPanel({ title, changed = false, actions, children }: FormPanelProps) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section className="b-panel b-form-panel" aria-labelledby={id}>
      <div className="b-panel-head">
        <h2 id={id} className="b-panel-title">
          {title}
        </h2>
        <span className="b-form-changed" role="status">
          {changed && t('form.changed')}
        </span>
        {actions}
      </div>
      <div className="b-form-rows">{children}</div>
    </section>
  );
}

export interface FormRowProps {
  label: string;
  /** Id of the field that the label belongs to; without one the row is a group of its own name. */
  htmlFor?: string;
  /** Below the field, 12 px. */
  help?: ReactNode;
  children: ReactNode;
}

/** A label of 150 px at the left, its field, and help under it. */
export function FormRow({ label, htmlFor, help, children }: FormRowProps) {
  const id = useId();
  return (
    <div className="b-form-row" {...(htmlFor === undefined && { role: 'group', 'aria-labelledby': id })}>
      {htmlFor === undefined ? (
        <span id={id} className="b-form-label">
          {label}
        </span>
      ) : (
        <label htmlFor={htmlFor} className="b-form-label">
          {label}
        </label>
      )}
      <div className="b-form-field">
        {children}
        {help !== undefined && <div className="b-form-help">{help}</div>}
      </div>
    </div>
  );
}
