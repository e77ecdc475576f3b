import { digestOf, type Digest } from './digest.ts';

/** A picture of a kind of artifact, found by the digest of its bytes. */
export interface Icon {
  readonly contentType: 'image/svg+xml';
  readonly bytes: Buffer;
}

/** Lines of one colour that can be seen on light and on dark ground. */
const draw = (lines: string): Buffer =>
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="48" height="48" fill="none" ' +
      `stroke="#3b82c4" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${lines}</svg>`,
  );

/** By Harbor's kinds. */
const PICTURES: Readonly<Record<string, Buffer>> = {
  // Containers stacked on a deck.
  IMAGE: draw(
    '<rect x="4" y="10" width="5" height="5"/><rect x="9.5" y="10" width="5" height="5"/>' +
      '<rect x="15" y="10" width="5" height="5"/><rect x="9.5" y="4.5" width="5" height="5"/><path d="M2.5 18h19"/>',
  ),
  // A steering wheel.
  CHART: draw(
    '<circle cx="12" cy="12" r="6"/><circle cx="12" cy="12" r="2"/>' +
      '<path d="M12 2.5V10M12 14v7.5M2.5 12H10M14 12h7.5M5.3 5.3l5.3 5.3M13.4 13.4l5.3 5.3M18.7 5.3l-5.3 5.3M10.6 13.4l-5.3 5.3"/>',
  ),
  // A box with a lid.
  CNAB: draw(
    '<path d="M3.5 8.5 12 4l8.5 4.5v8L12 21l-8.5-4.5zM3.5 8.5 12 13l8.5-4.5M12 13v8M7.7 6.2l8.6 4.6"/>',
  ),
  // A chip with its legs.
  WASM: draw(
    '<rect x="6" y="6" width="12" height="12" rx="1.5"/>' +
      '<path d="M9 3v3M15 3v3M9 18v3M15 18v3M3 9h3M3 15h3M18 9h3M18 15h3M8.8 10l1.2 4.2 2-3.4 2 3.4 1.2-4.2"/>',
  ),
};

/** A sheet with a folded corner, for every other kind. */
const OTHER = draw('<path d="M6 2.5h8l4.5 4.5v14.5H6zM14 2.5V7h4.5M9 12h6M9 16h6"/>');

const DIGESTS: ReadonlyMap<string, Digest> = new Map(
  Object.entries(PICTURES).map(([kind, bytes]) => [kind, digestOf(bytes)]),
);
const OTHER_DIGEST = digestOf(OTHER);

const ICONS: ReadonlyMap<string, Icon> = new Map(
  [...Object.values(PICTURES), OTHER].map((bytes) => [
    digestOf(bytes),
    { contentType: 'image/svg+xml', bytes },
  ]),
);

/** The digest of the icon for that kind of artifact (`IMAGE`, `CHART`, ...): Harbor's property `icon`. */
export function iconDigestOf(kind: string): Digest {
  return DIGESTS.get(kind) ?? OTHER_DIGEST;
}

/** The icon with that digest, or undefined when there is none. */
export function findIcon(digest: Digest): Icon | undefined {
  return ICONS.get(digest);
}
