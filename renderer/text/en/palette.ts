/** English texts: the command palette and the keys. */
export const palette = {
  'palette.placeholder': 'Search images, tags, digests, pages',
} as const;
