import { Button } from '@mantine/core';
import { IconArrowRight, IconCircleCheckFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { artifactQueryOptions, contentQuery } from '../../api/artifacts.ts';
import { useBoot } from '../../api/session.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { isLoopback, pullCommands } from '../../ui/commands.ts';
import { Digest } from '../../ui/digest.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { Size } from '../../ui/size.tsx';
import { Ago } from '../../ui/time.tsx';
import { Fact } from '../artifact/details.tsx';
import { kindOf, platformName, platformsOf } from '../repository/artifact-facts.ts';
import type { FirstPush } from './first-push.ts';
import '../artifact/artifact.css';

/** The image that arrived, in green. */
export function Received({ push }: { push: FirstPush }) {
  const { t } = useTranslation();
  const boot = useBoot();
  const { project, repo, digest, tag } = push;
  const artifact = useQuery(artifactQueryOptions({ project, repo, digest })).data;
  const layers = useQuery(contentQuery({ project, repo, digest })).data?.layers.length;
  const name = tag === undefined ? `${project}/${repo}` : `${project}/${repo}:${tag}`;
  const pull = pullCommands({
    ...push,
    host: boot.registry_host,
    plainHttp: boot.registry_scheme === 'http',
    kind: artifact?.type === 'CHART' ? 'chart' : 'image',
  })[0];
  const platforms = artifact ? platformsOf(artifact).map(platformName).join(', ') : '';
  return (
    <div className="b-received">
      <div className="b-received-head" role="status">
        <IconCircleCheckFilled size={22} aria-hidden />
        <ArtifactLink project={project} repo={repo} digest={digest}>
          {name}
        </ArtifactLink>
        <span className="b-received-time">
          <Ago time={push.time} />
        </span>
      </div>
      <dl className="b-received-facts">
        <Fact name={t('artifact.digest')}>
          <Digest digest={digest} copy="always" />
        </Fact>
        {artifact && <Fact name={t('artifact.type')}>{kindOf(artifact, t)}</Fact>}
        {platforms !== '' && <Fact name={t('artifact.platform')}>{platforms}</Fact>}
        {artifact && (
          <Fact name={t('artifact.size')}>
            <Size bytes={artifact.size} />
          </Fact>
        )}
        {layers !== undefined && layers > 0 && <Fact name={t('welcome.layers')}>{layers}</Fact>}
        <Fact name={t('welcome.pushedTo')}>{project}</Fact>
      </dl>
      <div className="b-received-pull">
        {pull && (
          <CommandLine
            label={t(isLoopback(boot.registry_host) ? 'welcome.pullHere' : 'welcome.pull')}
            command={pull.command}
          />
        )}
      </div>
    </div>
  );
}

export function ReceivedActions({ push: { project, repo, digest } }: { push: FirstPush }) {
  const { t } = useTranslation();
  return (
    <div className="b-button-row b-received-actions">
      <Button
        variant="filled"
        renderRoot={(props) => (
          <Link {...props} to="/i/$instance/projects/$project" params={{ instance, project }} />
        )}
        rightSection={<IconArrowRight size={16} stroke={1.75} />}
      >
        {t('welcome.open', { name: project })}
      </Button>
      <Button
        renderRoot={(props) => (
          <Link
            {...props}
            to="/i/$instance/projects/$project/repos/$repo/$digest"
            params={{ instance, project, repo, digest }}
          />
        )}
      >
        {t('welcome.showArtifact')}
      </Button>
      <Button
        renderRoot={(props) => (
          <Link {...props} to="/i/$instance/projects/$project/members" params={{ instance, project }} />
        )}
      >
        {t('welcome.invite')}
      </Button>
    </div>
  );
}
