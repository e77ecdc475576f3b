import type { FocusEvent } from 'react';

interface ValidatedForm {
  getValues: () => object;
  validateField: (path: never) => unknown;
}

/**
 * Handler for a form's `onBlur`: a field that was filled in is checked when it is left. Not on the way to a
 * button: the message would move the button away from under the pointer, and the click would be lost.
 */
export function validateOnBlur(form: ValidatedForm): (event: FocusEvent<HTMLFormElement>) => void {
  return (event) => {
    const field = event.target as unknown as HTMLInputElement;
    const path = field.dataset['path'];
    if (path === undefined || field.value === '' || event.relatedTarget instanceof HTMLButtonElement) return;
    void form.validateField(path as never);
  };
}
