/** Chinese texts: settings. */
export const settings = {};
