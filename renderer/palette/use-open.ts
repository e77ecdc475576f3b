import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { PaletteItem } from './items.ts';

/** Closes the palette and goes where the line leads, or does what it says. */
export function useOpen(onClose: () => void): (item: PaletteItem, inNewWindow: boolean) => void {
  const router = useRouter();
  return useCallback(
    (item, inNewWindow) => {
      onClose();
      const href = item.href ?? (item.link && router.buildLocation(item.link).href);
      if (href === undefined) void item.run?.();
      else if (inNewWindow) window.open(href, '_blank', 'noopener');
      else router.history.push(href);
    },
    [onClose, router],
  );
}
