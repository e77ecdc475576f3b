import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEventHandler, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ArchiveImport } from '../api/archives.ts';
import { Dialog, DialogFooter, FormDialog } from '../ui/dialog.tsx';
import { startConfirm, startImport } from './import-work.ts';
import './archives.css';
import { PlacesForm } from './places-form.tsx';
import { checkPlace, type Place, planFound, planPlaces, targetsOf } from './plan.ts';
import { type Glance, glanceAt } from './read-archive.ts';

/** What comes of a look into the file; undefined while it is read, `null` where it cannot be. */
function useGlance(file: File): Glance | null | undefined {
  const [glance, setGlance] = useState<Glance | null>();
  useEffect(() => {
    let isCurrent = true;
    glanceAt(file)
      .catch(() => null)
      .then((result) => {
        if (isCurrent) setGlance(result);
      })
      .catch(() => undefined);
    return () => {
      isCurrent = false;
    };
  }, [file]);
  return glance;
}

interface ImportDialogProps {
  project: string;
  file: File;
  onClose: () => void;
}

/** Before an archive is sent: the names in it where they can be read, else what will happen. */
export function ImportDialog({ project, file, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const glance = useGlance(file);
  const title = t('archives.title', { file: file.name, project });
  if (glance?.kind === 'images') {
    const { images } = glance;
    return (
      <PlacesDialog
        title={title}
        project={project}
        count={images.length}
        first={() => planPlaces(project, images, file.name)}
        onClose={onClose}
        onPlaces={(places) => startImport({ project, file, queryClient, planned: { images, places } })}
      />
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="b-form">
        <p role={glance === undefined || glance?.kind === 'packed' ? 'status' : 'alert'}>
          {glance === undefined && t('archives.reading')}
          {glance === null && t('archives.unreadable')}
          {glance?.kind === 'packed' && t('archives.packed')}
          {glance?.kind === 'unfit' &&
            (glance.form === undefined
              ? t('archives.unfit')
              : t('archives.unfitForm', { form: glance.form }))}
        </p>
        <DialogFooter>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          {glance?.kind === 'packed' && (
            <Button
              variant="filled"
              data-autofocus
              onClick={() => {
                startImport({ project, file, queryClient });
                onClose();
              }}
            >
              {t('archives.send')}
            </Button>
          )}
        </DialogFooter>
      </div>
    </Dialog>
  );
}

interface NamesDialogProps {
  project: string;
  found: ArchiveImport;
  onClose: () => void;
}

/** After an archive was sent: where its images go. */
export function NamesDialog({ project, found, onClose }: NamesDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const file = found.file_name === '' ? t('archives.aFile') : found.file_name;
  return (
    <PlacesDialog
      title={t('archives.title', { file, project })}
      project={project}
      count={found.images.length}
      missing={new Map(found.images.map((image, position) => [position, image.missing]))}
      first={() => planFound(project, found)}
      onClose={onClose}
      onPlaces={(places) => startConfirm({ project, found, targets: targetsOf(places), queryClient })}
    />
  );
}

interface PlacesDialogProps {
  title: string;
  project: string;
  count: number;
  missing?: ReadonlyMap<number, number>;
  first: () => Place[];
  onClose: () => void;
  onPlaces: (places: Place[]) => void;
}

function PlacesDialog({ title, project, count, missing, first, onClose, onPlaces }: PlacesDialogProps) {
  const { t } = useTranslation();
  const [places, setPlaces] = useState(first);
  const [strict, setStrict] = useState(false);
  const taken = places.filter((place) => place.isTaken).length;
  const submit: FormEventHandler = (event) => {
    event.preventDefault();
    setStrict(true);
    const isWrong = places.some((place) => {
      const errors = checkPlace(project, place);
      return errors.repository || errors.tag !== undefined;
    });
    if (isWrong || taken === 0) return;
    onPlaces(places);
    onClose();
  };
  return (
    <FormDialog
      title={title}
      width={560}
      submit={t('archives.verb', { count: taken })}
      busy={false}
      onClose={onClose}
      onSubmit={submit}
    >
      <p className="b-dim">{t('archives.found', { count })}</p>
      <PlacesForm
        project={project}
        places={places}
        strict={strict}
        onChange={setPlaces}
        {...(missing && { missing })}
      />
      <p className="b-place-note">{t('archives.tagsHelp')}</p>
      {strict && taken === 0 && (
        <p className="b-place-none" role="alert">
          {t('archives.none')}
        </p>
      )}
    </FormDialog>
  );
}
