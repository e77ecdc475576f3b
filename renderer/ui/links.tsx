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
  /** -1 where the same link stands elsewhere on the page. */
  tabIndex?: number;
}

export function ArtifactLink({ project, repo, digest, className, children, tabIndex }: ArtifactLinkProps) {
  return (
    <Link
      to="/i/$instance/projects/$project/repos/$repo/$digest"
      params={{ instance, project, repo, digest }}
      className={className}
      tabIndex={tabIndex}
    >
      {children}
    </Link>
  );
}
