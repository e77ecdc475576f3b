import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export interface PageHeaderProps {
  title: string;
  /** Links to the parents, the nearest last. */
  crumbs?: ReactNode[];
  mono?: boolean;
  /** Chips beside the title. */
  beside?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, crumbs, mono, beside, lead, actions }: PageHeaderProps) {
  const { t } = useTranslation();
  return (
    <header className="b-header">
      {crumbs && (
        <nav className="b-crumbs" aria-label={t('nav.breadcrumb')}>
          {crumbs.map((crumb, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- the path of a page never reorders
            <span key={index} className="b-crumb">
              {crumb}
            </span>
          ))}
        </nav>
      )}
      <div className="b-title-row">
        <h1 className={mono ? 'b-mono-title' : undefined} title={title}>
          {title}
        </h1>
        {beside}
        <div className="b-actions">{actions}</div>
      </div>
      {lead !== undefined && <div className="b-lead">{lead}</div>}
    </header>
  );
}

export interface PageTab {
  label: string;
  count?: number | undefined;
  active: boolean;
  link: LinkProps;
}

export interface PageTabsProps {
  label: string;
  tabs: PageTab[];
  right?: ReactNode;
}

/** Tabs are addresses, so they are links. */
export function PageTabs({ label, tabs, right }: PageTabsProps) {
  const { i18n } = useTranslation();
  return (
    <div className="b-tabs">
      <nav aria-label={label}>
        {tabs.map((tab) => (
          <Link
            key={tab.label}
            {...tab.link}
            className="b-tab"
            activeOptions={{ exact: true }}
            aria-current={tab.active ? 'page' : undefined}
          >
            {tab.label}
            {tab.count !== undefined && (
              <span className="b-tab-count">{new Intl.NumberFormat(i18n.language).format(tab.count)}</span>
            )}
          </Link>
        ))}
      </nav>
      {right !== undefined && <div className="b-tabs-right">{right}</div>}
    </div>
  );
}
