/** English texts: the overview. */
export const overview = {} as const;
