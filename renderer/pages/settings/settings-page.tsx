import { getRouteApi } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useBoot } from '../../api/session.ts';
import { NotFound } from '../../ui/states.tsx';
import { AboutSection } from './about-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import { GeneralSection } from './general-section.tsx';
import { HealthSection } from './health-section.tsx';
import { LabelsSection } from './labels-section.tsx';
import { NetworkSection } from './network-section.tsx';
import { type SectionName, sectionsFor } from './sections.ts';
import { StorageSection } from './storage-section.tsx';

const route = getRouteApi('/i/$instance/settings/$section');

const components: Record<SectionName, ComponentType> = {
  general: GeneralSection,
  storage: StorageSection,
  network: NetworkSection,
  labels: LabelsSection,
  health: HealthSection,
  appearance: AppearanceSection,
  about: AboutSection,
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
