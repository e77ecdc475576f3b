/** English texts: images as archives, in and out. */
export const archives = {} as const;
