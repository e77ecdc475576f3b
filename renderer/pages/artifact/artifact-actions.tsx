import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { ExportButton } from '../../archives/export-button.tsx';
import { localInstance as instance } from '../../instance/local.ts';
import { useCopy } from '../../ui/copy-button.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import type { ArtifactTagsProps } from './artifact-tags.tsx';
import { copyIcon, PullButton } from './pull-button.tsx';
import { lazyPart } from '../../frame/page-code.tsx';

const CopyDialog = lazyPart(async () => (await import('./copy-dialog.tsx')).CopyDialog);
const DeleteArtifactsDialog = lazyPart(
  async () => (await import('../repository/delete-dialogs.tsx')).DeleteArtifactsDialog,
);

/** Copy digest, export, copy the pull command of the usual client or of another, copy elsewhere, and delete. */
export function ArtifactActions({ artifact, place, may }: ArtifactTagsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signedIn = useBoot().user !== null;
  const digestCopy = useCopy();
  const [deleting, { open, close }] = useDisclosure(false);
  const [copying, { open: openCopy, close: closeCopy }] = useDisclosure(false);
  const { project, repo } = place;
  const mayDelete = may('artifact', 'delete');
  return (
    <>
      <Button leftSection={copyIcon(digestCopy.copied)} onClick={() => digestCopy.copy(artifact.digest)}>
        {t(digestCopy.copied ? 'action.copied' : 'artifact.copyDigest')}
      </Button>
      <ExportButton project={project} repo={repo} reference={artifact.digest} />
      <PullButton artifact={artifact} place={place} />
      {signedIn && (
        <MoreMenu
          others={[{ label: t('artifact.copyTo'), onItem: openCopy }]}
          {...(mayDelete && { item: t('artifact.delete'), onItem: open })}
        />
      )}
      {copying && <CopyDialog artifact={artifact} place={place} onClose={closeCopy} />}
      {deleting && (
        <DeleteArtifactsDialog
          project={project}
          repo={repo}
          artifacts={[artifact]}
          onClose={close}
          onDeleted={() =>
            void navigate({
              to: '/i/$instance/projects/$project/repos/$repo',
              params: { instance, project, repo },
            })
          }
        />
      )}
    </>
  );
}
