/** Chinese texts: labels. */
export const labels = {};
