/** Chinese texts: the overview. */
export const overview = {};
