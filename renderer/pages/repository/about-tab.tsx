import { Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import type { useRights } from '../../api/projects.ts';
import { describeRepository, nameInProject } from '../../api/repositories.ts';
import type { Repository } from '../../api/types.ts';
import { EmptyState, useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';

const Markdown = lazy(async () => ({ default: (await import('../../ui/markdown.tsx')).Markdown }));

export interface AboutTabProps {
  project: string;
  repository: Repository;
  may: ReturnType<typeof useRights>;
}

/** What the repository is, in words of those who push to it; written as Markdown. */
export function AboutTab({ project, repository, may }: AboutTabProps) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState(false);
  const { description } = repository;
  const edit = may('repository', 'update') && (
    <Button onClick={() => setEditing(true)}>{t('repository.describe')}</Button>
  );
  if (editing) {
    return <Description project={project} repository={repository} onClose={() => setEditing(false)} />;
  }
  if (!description) return <EmptyState text={t('repository.noDescription')}>{edit}</EmptyState>;
  return (
    <div className="b-empty">
      <Suspense fallback={<p className="b-about-plain">{description}</p>}>
        <Markdown text={description} />
      </Suspense>
      {edit}
    </div>
  );
}

function Description({ project, repository, onClose }: Omit<AboutTabProps, 'may'> & { onClose: () => void }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const repo = nameInProject(repository);
  const [text, setText] = useState(repository.description ?? '');
  const save = useMutation({
    mutationFn: () => describeRepository(project, repo, text),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.repository(project, repo), exact: true });
      toast(t('repository.described.toast', { name: repo }));
      onClose();
    },
  });
  return (
    <form
      className="b-form b-about-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Textarea
        data-autofocus
        autoFocus
        label={t('repository.description')}
        description={t('repository.descriptionHelp')}
        autosize
        minRows={6}
        maxRows={20}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={save.isError ? cause(save.error) : null}
      />
      <div className="b-row">
        <Button type="submit" variant="filled" loading={save.isPending}>
          {t('repository.saveDescription')}
        </Button>
        <Button onClick={onClose}>{t('action.cancel')}</Button>
      </div>
    </form>
  );
}
