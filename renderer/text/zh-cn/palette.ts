/** Chinese texts: the command palette and the keys. */
export const palette = {};
