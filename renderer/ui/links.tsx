import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { localInstance as instance } from '../instance/local.ts';

export function ProjectsLink() {
  const { t } = useTranslation();
  return (
    <Link to="/i/$instance/projects" params={{ instance }}>
      {t('nav.projects')}
    </Link>
  );
}

export function ProjectLink({ project, className }: { project: string; className?: string }) {
  return (
    <Link to="/i/$instance/projects/$project" params={{ instance, project }} className={className}>
      {project}
    </Link>
  );
}

export interface RepositoryLinkProps {
  project: string;
  repo: string;
  className?: string;
}

export function RepositoryLink({ project, repo, className }: RepositoryLinkProps) {
  return (
    <Link
      to="/i/$instance/projects/$project/repos/$repo"
      params={{ instance, project, repo }}
      className={className}
      title={repo}
    >
      {repo}
    </Link>
  );
}

export interface ArtifactLinkProps extends RepositoryLinkProps {
  digest: string;
  children: ReactNode;
}

export function ArtifactLink({ project, repo, digest, className, children }: ArtifactLinkProps) {
  return (
    <Link
      to="/i/$instance/projects/$project/repos/$repo/$digest"
      params={{ instance, project, repo, digest }}
      className={className}
    >
      {children}
    </Link>
  );
}
