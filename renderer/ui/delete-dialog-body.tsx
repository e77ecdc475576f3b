import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import { Dialog, DialogFooter } from './dialog.tsx';
import { Size } from './size.tsx';
import { useCause } from './states.tsx';
import { startActivity, type Words } from '../activity/store.ts';

export interface DeleteItem {
  id: string;
  name: string;
  /** What happens to it: goes, with what. */
  fate: string;
  /** It cannot go, as its fate says: nothing is done to it. */
  stays?: boolean;
  bytes?: number | undefined;
  /** The signal fires when the person stops a long deletion. */
  remove: (signal?: AbortSignal) => Promise<unknown>;
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
  /** Called with what is left to the activities, before any of it went. */
  onStarted?: ((ids: readonly string[]) => void) | undefined;
  /** Called once with how many items went, when at least one did. */
  onDeleted: (count: number, gone: Gone) => void;
  /** What many deletions are called among the activities; without it the dialog waits for all of them. */
  activity?: Words;
}

/** What went. */
export interface Gone {
  ids: readonly string[];
  /** The activity has said so already. */
  isTold: boolean;
}

/** More than so many are not waited for: the dialog closes, and the activities show how far it is. */
const mostWaitedFor = 10;
/** More than so many are not listed by name. */
const mostListed = 100;

interface Deletion {
  running: boolean;
  /** Why each of those stayed that could not be deleted; null before the attempt. */
  failures: ReadonlyMap<string, string> | null;
  run: () => Promise<void>;
}

function useDeletion({ items, activity, onClose, onStarted, onDeleted }: DeleteDialogProps): Deletion {
  const going = items.filter((item) => item.stays !== true);
  const cause = useCause();
  const [running, setRunning] = useState(false);
  const [failures, setFailures] = useState<Deletion['failures']>(null);
  const run = async (): Promise<void> => {
    if (activity && going.length > mostWaitedFor) {
      onStarted?.(going.map((item) => item.id));
      deleteAside({ items: going, activity, onDeleted, cause });
      onClose();
      return;
    }
    setRunning(true);
    const failed = new Map<string, string>();
    for (const item of going) {
      // One after the other: a later item may depend on an earlier one, and refusals stay readable.
      await item.remove().catch((error: unknown) => failed.set(item.id, cause(error)));
    }
    setRunning(false);
    if (failed.size > 0) setFailures(failed);
    else onClose();
    const ids = going.map((item) => item.id).filter((id) => !failed.has(id));
    if (ids.length > 0) onDeleted(ids.length, { ids, isTold: false });
  };
  return { running, failures, run };
}

type Aside = Pick<DeleteDialogProps, 'items' | 'onDeleted'> & {
  activity: Words;
  cause: (error: unknown) => string;
};

/** Deletes one after the other as an activity, which the person may leave or stop. */
function deleteAside({ items, activity, onDeleted, cause }: Aside): void {
  startActivity({
    title: activity,
    unit: 'items',
    total: items.length,
    queue: 'deletions',
    async run({ signal, report }) {
      const ids: string[] = [];
      let why: string | null = null;
      let failed = 0;
      for (const item of items) {
        if (signal.aborted) break;
        await item.remove(signal).then(
          () => ids.push(item.id),
          (error: unknown) => {
            failed += 1;
            why ??= cause(error);
          },
        );
        report({ done: ids.length + failed });
      }
      if (ids.length > 0) onDeleted(ids.length, { ids, isTold: true });
      return {
        summary: (t) =>
          why === null
            ? t('delete.someGone', { count: ids.length })
            : t('delete.someGoneBut', { gone: ids.length, count: failed, cause: why }),
        incomplete: failed > 0,
      };
    },
  });
}

/** Says what goes, what stays and what is freed, then does just that, item by item. */
export function DeleteDialogBody(props: DeleteDialogProps) {
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
          {!failures && items.some((item) => item.stays !== true) && (
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
      {items.slice(0, mostListed).map((item) => (
        <li key={item.id}>
          <span className="b-mono b-cut" title={item.name}>
            {item.name}
          </span>
          <span className={failures ? 'b-crit-text' : item.stays ? 'b-dim' : 'b-text-2'}>
            {failures ? t('delete.failed', { cause: failures.get(item.id) ?? '' }) : item.fate}
          </span>
          {item.bytes !== undefined && (
            <span className="b-right">
              <Size bytes={item.bytes} />
            </span>
          )}
        </li>
      ))}
      {items.length > mostListed && (
        <li className="b-dim">{t('delete.andMore', { count: items.length - mostListed })}</li>
      )}
    </ul>
  );
}
