import { Button, FileButton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ArchiveImport, cancelImport, importsQuery } from '../api/archives.ts';
import { keys } from '../api/keys.ts';
import { useCause } from '../ui/states.tsx';
import { toast, toastError } from '../ui/toast.ts';
import './archives.css';

const loadDialogs = () => import('./import-dialog.tsx');
const ImportDialog = lazy(() => loadDialogs().then((module) => ({ default: module.ImportDialog })));
const NamesDialog = lazy(() => loadDialogs().then((module) => ({ default: module.NamesDialog })));

/** Files that lie above the page as they are dragged; text or links do not count. */
const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** Whether files are dragged over the page; `onDrop` gets what is let go of anywhere on it. */
function useDrop(onDrop: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Each element that is entered tells so before the one before it is left.
    let depth = 0;
    const change = (by: number) => (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      onDrop([...(event.dataTransfer?.files ?? [])]);
    };
    const control = new AbortController();
    const { signal } = control;
    addEventListener('dragenter', change(1), { signal });
    addEventListener('dragleave', change(-1), { signal });
    addEventListener('dragover', change(0), { signal });
    addEventListener('drop', drop, { signal });
    return () => control.abort();
  }, [onDrop]);
  return over;
}

/** A file whose names are still to be chosen. */
interface WaitingFile {
  readonly id: number;
  readonly file: File;
}

interface ProjectImportProps {
  project: string;
  /** Shows the button where the page has its actions. */
  children?: (button: ReactNode) => ReactNode;
}

/** Images come into a project by files that are dropped anywhere on its page, or chosen by the button. */
export function ProjectImport({ project, children }: ProjectImportProps) {
  const { t } = useTranslation();
  const [files, setFiles] = useState<readonly WaitingFile[]>([]);
  const [add] = useState(() => {
    let last = 0;
    return (more: readonly File[]) => {
      const chosen = more.map((file) => ({ id: ++last, file }));
      setFiles((before) => [...before, ...chosen]);
    };
  });
  const resetInput = useRef<() => void>(null);
  const over = useDrop(add);
  const [first] = files;
  const button = (
    <FileButton
      resetRef={resetInput}
      onChange={(chosen) => {
        if (chosen) add([chosen]);
        // Else the browser tells of no change when the same file is chosen again.
        resetInput.current?.();
      }}
      inputProps={{ 'aria-label': t('archives.choose') }}
    >
      {(props) => <Button {...props}>{t('archives.import')}</Button>}
    </FileButton>
  );
  return (
    <>
      {children?.(button)}
      {over && (
        <div className="b-drop" aria-hidden>
          <div>
            <strong>{t('archives.drop', { project })}</strong>
            <p>{t('archives.dropHelp')}</p>
          </div>
        </div>
      )}
      {first && (
        <Suspense>
          <ImportDialog
            // The next file has its own names.
            key={first.id}
            project={project}
            file={first.file}
            onClose={() => setFiles((before) => before.slice(1))}
          />
        </Suspense>
      )}
    </>
  );
}

/** Archives that were sent and wait for their names. */
export function WaitingImports({ project }: { project: string }) {
  const waiting = useQuery(importsQuery(project)).data ?? [];
  const [open, setOpen] = useState<ArchiveImport | null>(null);
  if (waiting.length === 0) return null;
  return (
    <>
      <ul className="b-waiting-imports">
        {waiting.map((found) => (
          <li key={found.id}>
            <WaitingImport project={project} found={found} onOpen={() => setOpen(found)} />
          </li>
        ))}
      </ul>
      {open && (
        <Suspense>
          <NamesDialog project={project} found={open} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}

function WaitingImport({
  project,
  found,
  onOpen,
}: {
  project: string;
  found: ArchiveImport;
  onOpen: () => void;
}) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const file = found.file_name === '' ? t('archives.aFile') : found.file_name;
  const discard = async (): Promise<void> => {
    try {
      await cancelImport(project, found.id);
      toast(t('archives.discarded.toast', { file }));
    } catch (error) {
      toastError(cause(error));
    }
    await queryClient.invalidateQueries({ queryKey: keys.imports(project) });
  };
  return (
    <div className="b-waiting-import" role="status">
      <span>{t('archives.waiting', { file })}</span>
      <Button size="compact-xs" onClick={onOpen}>
        {t('archives.toNames')}
      </Button>
      <Button size="compact-xs" variant="subtle" onClick={() => void discard()}>
        {t('archives.discard')}
      </Button>
    </div>
  );
}
