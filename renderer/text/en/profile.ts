/** English texts: one's own profile and sessions. */
export const profile = {} as const;
