import { Button, Modal } from '@mantine/core';
import { type FocusEventHandler, type FormEventHandler, type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface DialogProps {
  title: string;
  /** Width in px: 480 for a short form, 560 for a list. */
  width?: 480 | 560;
  onClose: () => void;
  children: ReactNode;
}

/** A decision in front of the page. Esc and ✕ close it; the focus goes back to what opened it. */
export function Dialog({ title, width = 480, onClose, children }: DialogProps) {
  const { t } = useTranslation();
  useFocusReturn();
  return (
    <Modal
      opened
      onClose={onClose}
      size={width}
      title={title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {children}
    </Modal>
  );
}

/** The library gives the focus back when a dialog closes, and ours are gone by then. */
function useFocusReturn(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        const isLost = document.activeElement === null || document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus();
      });
    },
    [opener],
  );
}

export function DialogFooter({ children }: { children: ReactNode }) {
  return <div className="b-dialog-footer">{children}</div>;
}

export interface FormDialogProps extends DialogProps {
  submit: string;
  busy: boolean;
  onSubmit: FormEventHandler<HTMLFormElement>;
  onBlur?: FocusEventHandler<HTMLFormElement>;
}

/** A dialog that asks for something: its fields, Cancel and the one verb. */
export function FormDialog({ submit, busy, onSubmit, onBlur, children, ...dialog }: FormDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog {...dialog}>
      <form className="b-form" onSubmit={onSubmit} {...(onBlur && { onBlur })} noValidate>
        {children}
        <DialogFooter>
          <Button onClick={dialog.onClose}>{t('action.cancel')}</Button>
          <Button type="submit" variant="filled" loading={busy}>
            {submit}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  );
}
