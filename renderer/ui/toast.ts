import { notifications } from '@mantine/notifications';

/** Says what was done, for six seconds. */
export function toast(message: string): void {
  notifications.show({ message, withCloseButton: true });
}

/** Says what went wrong; stays until closed. */
export function toastError(message: string): void {
  notifications.show({ message, color: 'red', autoClose: false, withCloseButton: true });
}
