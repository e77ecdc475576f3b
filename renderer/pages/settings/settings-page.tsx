import { getRouteApi } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { lazyPage } from '../../frame/page-code.tsx';
import { useBoot } from '../../api/session.ts';
import { NotFound } from '../../ui/states.tsx';
import { type SectionName, sectionsFor } from './sections.ts';

const route = getRouteApi('/i/$instance/settings/$section');

const components: Record<SectionName, ComponentType> = {
  general: lazyPage(() => import('./general-section.tsx'), 'GeneralSection'),
  storage: lazyPage(() => import('./storage-section.tsx'), 'StorageSection'),
  network: lazyPage(() => import('./network-section.tsx'), 'NetworkSection'),
  labels: lazyPage(() => import('./labels-section.tsx'), 'LabelsSection'),
  health: lazyPage(() => import('./health-section.tsx'), 'HealthSection'),
  appearance: lazyPage(() => import('./appearance-section.tsx'), 'AppearanceSection'),
  about: lazyPage(() => import('./about-section.tsx'), 'AboutSection'),
};

/** The settings: one section at a time, each with an address. */
export function SettingsPage() {
  const { section } = route.useParams();
  const sysadmin = useBoot().user?.sysadmin === true;
  const name = sectionsFor(sysadmin).find((known) => known === section);
  if (name === undefined) return <NotFound />;
  const Shown = components[name];
  return <Shown />;
}
