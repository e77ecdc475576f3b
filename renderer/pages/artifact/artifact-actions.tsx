import { Button, Popover } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconChevronDown, IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { isPublic, projectQuery } from '../../api/projects.ts';
import { ExportButton } from '../../archives/export-button.tsx';
import { useBoot } from '../../api/session.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { clientNames, pullCommands } from '../../ui/commands.ts';
import { useCopy } from '../../ui/copy-button.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { DeleteArtifactsDialog } from '../repository/delete-dialogs.tsx';
import type { ArtifactTagsProps } from './artifact-tags.tsx';

/** Copy digest, copy the pull command of the usual client or of another, and delete. */
export function ArtifactActions({ artifact, place, may }: ArtifactTagsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const digestCopy = useCopy();
  const [deleting, { open, close }] = useDisclosure(false);
  const { project, repo } = place;
  return (
    <>
      <Button leftSection={copyIcon(digestCopy.copied)} onClick={() => digestCopy.copy(artifact.digest)}>
        {t(digestCopy.copied ? 'action.copied' : 'artifact.copyDigest')}
      </Button>
      <ExportButton project={project} repo={repo} reference={artifact.digest} />
      <PullButton artifact={artifact} place={place} />
      {may('artifact', 'delete') && <MoreMenu item={t('artifact.delete')} onItem={open} />}
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

function copyIcon(done: boolean) {
  return done ? <IconCheck size={16} stroke={1.75} /> : <IconCopy size={16} stroke={1.75} />;
}

/** Copies the usual client's command; the arrow shows those of all clients. */
function PullButton({ artifact, place }: Omit<ArtifactTagsProps, 'may'>) {
  const { t } = useTranslation();
  const boot = useBoot();
  const pullCopy = useCopy();
  const project = useQuery(projectQuery(place.project)).data;
  const commands = pullCommands({
    ...place,
    host: boot.registry_host,
    plainHttp: boot.registry_scheme === 'http',
    tag: artifact.tags?.[0]?.name,
    isChart: artifact.type === 'CHART',
    username: project && !isPublic(project) ? boot.user?.username : undefined,
  });
  return (
    <Button.Group>
      <Button
        variant="filled"
        leftSection={copyIcon(pullCopy.copied)}
        onClick={() => pullCopy.copy(commands[0]?.command ?? '')}
      >
        {t(pullCopy.copied ? 'action.copied' : 'artifact.copyPull')}
      </Button>
      <Popover position="bottom-end" width={640} trapFocus returnFocus>
        <Popover.Target>
          <Button variant="filled" className="b-split" aria-label={t('artifact.pullTitle')}>
            <IconChevronDown size={16} stroke={1.75} />
          </Button>
        </Popover.Target>
        <Popover.Dropdown aria-label={t('artifact.pullClients')}>
          <div className="b-client-commands">
            {commands.map(({ client, command }) => (
              <CommandLine key={client} label={clientNames[client]} command={command} />
            ))}
          </div>
        </Popover.Dropdown>
      </Popover>
    </Button.Group>
  );
}
