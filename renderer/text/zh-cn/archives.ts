/** Chinese texts: images as archives, in and out. */
export const archives = {};
