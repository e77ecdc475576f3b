import { IconCornerDownLeft } from '@tabler/icons-react';
import { useRouter } from '@tanstack/react-router';
import { type MouseEvent, useEffect, useRef } from 'react';
import type { PaletteGroup, PaletteItem } from './items.ts';
import { piecesOf } from './match.ts';

export interface PaletteListProps {
  id: string;
  label: string;
  groups: readonly PaletteGroup[];
  typed: string;
  chosen: PaletteItem | undefined;
  onChoose: (item: PaletteItem) => void;
  onOpen: (item: PaletteItem, inNewWindow: boolean) => void;
}

/** The id of an option's element, which the field points at. */
export function optionId(listId: string, item: PaletteItem): string {
  return `${listId}-${item.id.replaceAll(/\s/g, '_')}`;
}

export function PaletteList({ id, label, groups, ...rest }: PaletteListProps) {
  return (
    <div className="b-palette-list" id={id} role="listbox" aria-label={label}>
      {groups.map((group) => (
        <div key={group.id} role="group" aria-labelledby={`${id}-${group.id}`}>
          <div className="b-palette-group" id={`${id}-${group.id}`}>
            {group.label}
          </div>
          {group.items.map((item) => (
            <Option key={item.id} listId={id} item={item} {...rest} />
          ))}
        </div>
      ))}
    </div>
  );
}

type OptionProps = Omit<PaletteListProps, 'id' | 'label' | 'groups'> & { listId: string; item: PaletteItem };

function Option({ listId, item, typed, chosen, onChoose, onOpen }: OptionProps) {
  const router = useRouter();
  const ref = useRef<HTMLElement>(null);
  const isChosen = chosen?.id === item.id;
  useEffect(() => {
    if (isChosen) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [isChosen]);
  const content = (
    <>
      <item.icon size={16} stroke={1.75} aria-hidden />
      <span className="b-palette-label">
        {piecesOf(item.label, typed).map((piece, at) =>
          // oxlint-disable-next-line react/no-array-index-key -- pieces of one text have no other name
          piece.hit ? <b key={at}>{piece.text}</b> : <span key={at}>{piece.text}</span>,
        )}
      </span>
      {item.note !== undefined && item.note !== '' && <span className="b-palette-note">{item.note}</span>}
      {isChosen && <IconCornerDownLeft size={16} stroke={1.75} aria-hidden className="b-palette-enter" />}
    </>
  );
  const shared = {
    id: optionId(listId, item),
    role: 'option',
    tabIndex: -1,
    'aria-selected': isChosen,
    className: 'b-palette-item',
    // Moving, not entering: lines that come under a resting pointer are not meant.
    onMouseMove: () => (isChosen ? undefined : onChoose(item)),
  } as const;
  const href = item.href ?? (item.link && router.buildLocation(item.link).href);
  const onClick = (event: MouseEvent): void => {
    // The browser opens its own tabs and windows.
    if (href !== undefined && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    onOpen(item, false);
  };
  return href === undefined ? (
    <div {...shared} ref={ref as React.RefObject<HTMLDivElement>} onClick={onClick}>
      {content}
    </div>
  ) : (
    <a {...shared} ref={ref as React.RefObject<HTMLAnchorElement>} href={href} onClick={onClick}>
      {content}
    </a>
  );
}
