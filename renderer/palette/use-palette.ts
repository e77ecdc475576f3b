import { useDebouncedValue } from '@mantine/hooks';
import { IconLink } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findQuery, wordsToSend } from './find.ts';
import { foundGroups } from './found-groups.ts';
import type { PaletteGroup, PaletteItem, Subject } from './items.ts';
import { matches } from './match.ts';
import { useNow } from '../ui/time.tsx';
import { useActions } from './use-actions.ts';
import { useCommands } from './use-commands.ts';

const pauseMs = 150;

export interface PaletteState {
  groups: PaletteGroup[];
  items: PaletteItem[];
  /** The line that Enter opens: the first, until another one is chosen. */
  chosen: PaletteItem | undefined;
  isChosenByHand: boolean;
  choose: (item: PaletteItem | undefined) => void;
  /** The answer to what is typed is still to come; what is shown answers what was typed before. */
  isFinding: boolean;
  error: unknown;
}

/** Everything that the palette shows for what is typed. */
export function usePalette(typed: string): PaletteState {
  const words = wordsToSend(typed);
  const [sent] = useDebouncedValue(words, pauseMs);
  const query = useQuery({ ...findQuery(sent), retry: false, placeholderData: keepPreviousData });
  const found = useFoundGroups(words === '' ? undefined : query.data);
  const [choice, setChoice] = useState<{ typed: string; id: string; subject: Subject | undefined } | null>(
    null,
  );
  const current = choice?.typed === typed ? choice : null;
  const firstItem = found[0]?.items[0];
  const pageSubject = usePageSubject();
  const subject = current
    ? current.subject
    : (firstItem?.subject ?? (typed === '' ? pageSubject : undefined));
  const actions = useActions(subject);
  const commands = useCommands();
  const local = [...(actions && typed === '' ? [actions] : []), ...commands].map((group) => ({
    ...group,
    items: group.items.filter((item) => matches(`${group.label} ${item.label}`, typed)),
  }));
  const groups = [
    ...useAddress(typed),
    ...found,
    ...(actions && typed !== '' ? [actions] : []),
    ...local,
  ].filter((group) => group.items.length > 0);
  const items = groups.flatMap((group) => group.items);
  const byHand = current && items.find((item) => item.id === current.id);
  return {
    groups,
    items,
    chosen: byHand ?? items[0],
    isChosenByHand: byHand != null,
    choose: (item) => item && setChoice({ typed, id: item.id, subject: item.subject ?? subject }),
    isFinding: words !== '' && (words !== sent || query.isFetching),
    error: words === '' || !query.isError ? null : query.error,
  };
}

function useFoundGroups(found: Parameters<typeof foundGroups>[0] | undefined): PaletteGroup[] {
  const { t, i18n } = useTranslation();
  const now = useNow();
  return found ? foundGroups(found, { t, language: i18n.language, now }) : [];
}

/** What the page behind the palette is about. */
function usePageSubject(): Subject | undefined {
  const { project, repo, digest } = useParams({ strict: false });
  if (project === undefined) return undefined;
  if (repo === undefined) return { kind: 'project', project };
  if (digest === undefined) return { kind: 'repository', project, repo };
  return { kind: 'artifact', project, repo, digest, isChart: false };
}

/** A pasted address of one of this console's own pages. */
function useAddress(typed: string): PaletteGroup[] {
  const { t } = useTranslation();
  const url = URL.parse(typed.trim());
  if (!url || !/^https?:$/.test(url.protocol) || !url.pathname.startsWith('/i/')) return [];
  const href = `${url.pathname}${url.search}`;
  const item: PaletteItem = { id: 'address', icon: IconLink, label: decodeAll(url.pathname), href };
  return [{ id: 'address', label: t('palette.address'), items: [item] }];
}

function decodeAll(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
