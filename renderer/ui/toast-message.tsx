import { Button } from '@mantine/core';
import type { ToastAction } from './toast.ts';

/** The words of a toast with what it offers. */
export function ToastMessage(props: { message: string; action: ToastAction; onDone: () => void }) {
  const { message, action, onDone } = props;
  const onClick = (): void => {
    onDone();
    action.onClick();
  };
  return (
    <>
      {message}
      <div className="b-toast-action">
        <Button onClick={onClick}>{action.label}</Button>
      </div>
    </>
  );
}
