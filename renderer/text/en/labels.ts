/** English texts: labels. */
export const labels = {} as const;
