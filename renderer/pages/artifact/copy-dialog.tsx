import { Autocomplete, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyArtifact, projectNamesQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import type { Artifact } from '../../api/types.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { shortDigest } from '../../ui/format.ts';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';

interface CopyDialogProps {
  artifact: Artifact;
  place: ArtifactPlace;
  onClose: () => void;
}

/** Lower-case parts joined by slashes, as the server has it. */
const repositoryPattern =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** Copies the artifact into another repository or project of this registry; the layers are shared, so nothing is sent. */
export function CopyDialog({ artifact, place, onClose }: CopyDialogProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { project: '', repo: place.repo },
    validate: {
      project: (value) => (value.trim() === '' ? t('artifact.copyNoProject') : null),
      repo: (value, values) =>
        !repositoryPattern.test(value)
          ? t('artifact.copyBadRepo')
          : value === place.repo && values.project === place.project
            ? t('artifact.copySame')
            : null,
    },
  });
  const [words] = useDebouncedValue(form.values.project, 250);
  const projects = useQuery(projectNamesQuery(words)).data ?? [];
  const copy = async (to: { project: string; repo: string }): Promise<void> => {
    setBusy(true);
    try {
      await copyArtifact(place, to);
      void queryClient.invalidateQueries({ queryKey: keys.project(to.project) });
      toast(t('artifact.copied.toast', { place: `${to.project}/${to.repo}` }), {
        label: t('artifact.copied.open'),
        onClick: () =>
          void navigate({
            to: '/i/$instance/projects/$project/repos/$repo/$digest',
            params: { instance, ...to, digest: place.digest },
          }),
      });
      onClose();
    } catch (error) {
      const field = hasStatus(error, 403) || hasStatus(error, 404) ? 'project' : 'repo';
      form.setFieldError(field, hasStatus(error, 403) ? t('artifact.copyForbidden') : cause(error));
      setBusy(false);
    }
  };
  const tags = (artifact.tags ?? []).map((tag) => tag.name);
  return (
    <FormDialog
      title={t('artifact.copyTitle', { digest: `sha256:${shortDigest(place.digest)}` })}
      submit={t('artifact.copySubmit')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void copy(values))}
    >
      <p className="b-dialog-intro">
        {tags.length > 0
          ? t('artifact.copyIntroTags', {
              tags: tags.slice(0, 5).join(t('list.separator')),
              count: tags.length,
            })
          : t('artifact.copyIntro')}
      </p>
      <Autocomplete
        data-autofocus
        label={t('artifact.copyProject')}
        data={projects}
        filter={({ options }) => options}
        openOnFocus={false}
        withScrollArea={false}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('project')}
      />
      <TextInput
        label={t('artifact.copyRepo')}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('repo')}
      />
    </FormDialog>
  );
}
