import { notifications } from '@mantine/notifications';
import { createElement } from 'react';
import { ToastMessage } from './toast-message.tsx';

/** What a toast offers to do; doing it closes the toast. */
export interface ToastAction {
  label: string;
  onClick: () => void;
}

/** Says what was done, for six seconds. */
export function toast(message: string, action?: ToastAction): void {
  show(message, action, {});
}

/** Says what went wrong; stays until closed. */
export function toastError(message: string, action?: ToastAction): void {
  show(message, action, { color: 'red', autoClose: false });
}

function show(message: string, action: ToastAction | undefined, looks: object): void {
  const id = notifications.show({
    message: action
      ? createElement(ToastMessage, { message, action, onDone: () => notifications.hide(id) })
      : message,
    withCloseButton: true,
    ...looks,
  });
}
