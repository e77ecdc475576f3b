/** Chinese texts: one's own profile and sessions. */
export const profile = {};
