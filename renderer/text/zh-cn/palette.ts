/** Chinese texts: the command palette and the keys. */
export const palette = {
  'palette.placeholder': '搜索镜像、Tag、摘要、页面',
};
