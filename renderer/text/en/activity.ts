/** English texts: long work and its drawer. */
export const activity = {} as const;
