import { lazyPart } from '../frame/page-code.tsx';

export type { DeleteDialogProps, DeleteItem, Gone } from './delete-dialog-body.tsx';

/** Says what goes, what stays and what is freed, then does just that; its code comes when somebody deletes. */
export const DeleteDialog = lazyPart(async () => (await import('./delete-dialog-body.tsx')).DeleteDialogBody);
