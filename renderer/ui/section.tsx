import { Button } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { CopyButton } from './copy-button.tsx';
import { useCause } from './states.tsx';
import './section.css';

export interface SectionProps {
  title: string;
  help?: ReactNode;
  children: ReactNode;
}

/** A part of a settings page under a heading of its own: fields with their labels at the left, or facts. */
export function Section({ title, help, children }: SectionProps) {
  const id = useId();
  return (
    <section className="b-section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {help !== undefined && <p className="b-section-help">{help}</p>}
      {children}
    </section>
  );
}

/** Names and what they are, in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="b-facts">{children}</dl>;
}

/** One line of {@link Facts}; `help` stands below the value. */
export function Fact({ name, help, children }: { name: string; help?: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {help !== undefined && <p className="b-fact-help">{help}</p>}
      </dd>
    </div>
  );
}

/** For inputs of a page's form: what explains a field stands below it. */
export const explainedBelow = {
  inputWrapperOrder: ['label', 'input', 'error', 'description'] as (
    | 'label'
    | 'input'
    | 'error'
    | 'description'
  )[],
};

/** The one filled button of a page with a form. It is never off: it says what is missing instead. Ctrl S presses it. */
export function SaveButton({ busy, onSave }: { busy: boolean; onSave: () => void }) {
  const { t } = useTranslation();
  return (
    <Button variant="filled" loading={busy} onClick={onSave} data-page-save>
      {t('form.save')}
    </Button>
  );
}

/** Beside the title of a page whose form was changed. */
export function ChangedChip({ changed }: { changed: boolean }) {
  const { t } = useTranslation();
  return (
    <span role="status">
      {changed && <span className="b-state-chip b-changed">{t('form.changed')}</span>}
    </span>
  );
}

/** Why a form was not saved, with the request id. Nothing while `error` is null. */
export function SaveFailed({ what, error }: { what: string; error: unknown }) {
  const { t } = useTranslation();
  const cause = useCause();
  if (error === null) return null;
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className="b-failed b-save-failed" role="alert">
      <strong>{t('state.notSaved', { what })}</strong>
      <p>{t('state.failedCause', { cause: cause(error) })}</p>
      {requestId !== null && (
        <p className="b-request-id">
          {t('state.requestId')} <code>{requestId}</code>
          <CopyButton value={requestId} what="what.requestId" />
        </p>
      )}
    </div>
  );
}
