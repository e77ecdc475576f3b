import type { Icon } from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';

/** What the actions of the palette are for. */
export type Subject =
  | { kind: 'project'; project: string }
  | { kind: 'repository'; project: string; repo: string }
  | { kind: 'artifact'; project: string; repo: string; digest: string; tag?: string; isChart: boolean };

/** One line of the palette. */
export interface PaletteItem {
  /** Unlike that of any other line; says what it is, so that the choice stays on it when others come. */
  id: string;
  icon: Icon;
  label: string;
  /** Dim, after the label. */
  note?: string;
  /** Where it leads; without one it does something instead. */
  link?: LinkProps;
  /** The same as a path of this console. */
  href?: string;
  run?: () => void | Promise<void>;
  /** The actions that are offered while it is chosen. */
  subject?: Subject;
}

export interface PaletteGroup {
  id: string;
  label: string;
  items: PaletteItem[];
}

/** Name of the subject as references write it, without the host. */
export function subjectName(subject: Subject): string {
  if (subject.kind === 'project') return subject.project;
  const name = `${subject.project}/${subject.repo}`;
  if (subject.kind === 'repository') return name;
  return subject.tag === undefined ? `${name}@${subject.digest}` : `${name}:${subject.tag}`;
}
