import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { Dialog, DialogFooter } from './dialog.tsx';
import { Size } from './size.tsx';
import { useCause } from './states.tsx';

export interface DeleteItem {
  id: string;
  name: string;
  /** What happens to it: goes, with what. */
  fate: string;
  bytes?: number | undefined;
  remove: () => Promise<unknown>;
}

export interface DeleteDialogProps {
  title: string;
  intro: string;
  items: DeleteItem[];
  /** Sums in words, below the items. */
  sum?: string;
  warnings?: string[];
  /** Name to type before the button works: for projects. */
  typeName?: string;
  verb: string;
  onClose: () => void;
  /** Called once with how many items went, when at least one did. */
  onDeleted: (count: number) => void;
}

interface Deletion {
  running: boolean;
  /** Why each of those stayed that could not be deleted; null before the attempt. */
  failures: ReadonlyMap<string, string> | null;
  run: () => Promise<void>;
}

function useDeletion({ items, onClose, onDeleted }: DeleteDialogProps): Deletion {
  const cause = useCause();
  const [running, setRunning] = useState(false);
  const [failures, setFailures] = useState<Deletion['failures']>(null);
  const run = async (): Promise<void> => {
    setRunning(true);
    const failed = new Map<string, string>();
    for (const item of items) {
      // One after the other: a later item may depend on an earlier one, and refusals stay readable.
      await item.remove().catch((error: unknown) => failed.set(item.id, cause(error)));
    }
    setRunning(false);
    if (failed.size > 0) setFailures(failed);
    else onClose();
    if (failed.size < items.length) onDeleted(items.length - failed.size);
  };
  return { running, failures, run };
}

/** Says what goes, what stays and what is freed, then does just that, item by item. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { title, intro, items, sum, warnings, typeName, verb, onClose } = props;
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [typedWrong, setTypedWrong] = useState(false);
  const { running, failures, run } = useDeletion(props);
  const confirm = (): void => {
    if (typeName !== undefined && typed !== typeName) setTypedWrong(true);
    else void run();
  };
  const listed = failures ? items.filter((item) => failures.has(item.id)) : items;
  return (
    <Dialog width={560} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <p className="b-dialog-intro">{intro}</p>
        <ItemList items={listed} failures={failures} />
        {sum !== undefined && !failures && <p className="b-dialog-sum">{sum}</p>}
        {failures && <p role="alert">{t('delete.someStay', { count: failures.size })}</p>}
        {!failures &&
          warnings?.map((warning) => (
            <p key={warning} className="b-warning">
              {warning}
            </p>
          ))}
        {typeName !== undefined && (
          <TextInput
            data-autofocus
            label={
              <Trans i18nKey="delete.typeName" values={{ name: typeName }} components={{ name: <code /> }} />
            }
            value={typed}
            error={typedWrong && typed !== typeName ? t('delete.typeNameWrong', { name: typeName }) : null}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        <DialogFooter>
          <Button onClick={onClose} data-autofocus={typeName === undefined ? true : undefined}>
            {failures ? t('action.close') : t('action.cancel')}
          </Button>
          {!failures && (
            <Button type="submit" variant="filled" color="red" loading={running}>
              {verb}
            </Button>
          )}
        </DialogFooter>
      </form>
    </Dialog>
  );
}

function ItemList({
  items,
  failures,
}: {
  items: DeleteItem[];
  failures: ReadonlyMap<string, string> | null;
}) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <ul className="b-delete-items" aria-label={t('delete.what')}>
      {items.map((item) => (
        <li key={item.id}>
          <span className="b-mono b-cut" title={item.name}>
            {item.name}
          </span>
          <span className={failures ? 'b-crit-text' : 'b-text-2'}>
            {failures ? t('delete.failed', { cause: failures.get(item.id) ?? '' }) : item.fate}
          </span>
          {item.bytes !== undefined && (
            <span className="b-right">
              <Size bytes={item.bytes} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
