import { Button, Popover, SegmentedControl } from '@mantine/core';
import { IconCheck, IconChevronDown, IconCopy } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import { isPublic, projectQuery } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import type { Artifact } from '../../api/types.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { clientNames, pullCommands, type PullKind } from '../../ui/commands.ts';
import { useCopy } from '../../ui/copy-button.tsx';

/** A check for a moment after copying. */
export function copyIcon(done: boolean) {
  return done ? <IconCheck size={16} stroke={1.75} /> : <IconCopy size={16} stroke={1.75} />;
}

function pullKindOf(artifact: Artifact): PullKind {
  if (artifact.type === 'CHART') return 'chart';
  return artifact.type === 'IMAGE' ? 'image' : 'other';
}

/** Copies the usual client's command; the arrow shows those of all clients, by tag or by digest. */
export function PullButton({ artifact, place }: { artifact: Artifact; place: ArtifactPlace }) {
  const { t } = useTranslation();
  const boot = useBoot();
  const pullCopy = useCopy();
  const [by, setBy] = useState<'tag' | 'digest'>('tag');
  const project = useQuery(projectQuery(place.project)).data;
  const tag = artifact.tags?.[0]?.name;
  const commandsBy = (name: string | undefined) =>
    pullCommands({
      ...place,
      host: boot.registry_host,
      plainHttp: boot.registry_scheme === 'http',
      tag: name,
      kind: pullKindOf(artifact),
      username: project && !isPublic(project) ? boot.user?.username : undefined,
    });
  return (
    <Button.Group>
      <Button
        variant="filled"
        leftSection={copyIcon(pullCopy.copied)}
        onClick={(event) => pullCopy.copy(commandsBy(event.shiftKey ? undefined : tag)[0]?.command ?? '')}
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
            {tag !== undefined && (
              <SegmentedControl
                className="b-pull-by"
                aria-label={t('artifact.pullBy')}
                value={by}
                onChange={(value) => setBy(value as typeof by)}
                data={[
                  { value: 'tag', label: t('artifact.pullByTag', { name: tag }) },
                  { value: 'digest', label: t('artifact.pullByDigest') },
                ]}
              />
            )}
            {commandsBy(by === 'tag' ? tag : undefined).map(({ client, command }) => (
              <CommandLine key={client} label={clientNames[client]} command={command} />
            ))}
          </div>
        </Popover.Dropdown>
      </Popover>
    </Button.Group>
  );
}
