export { createLabels, type Labels, type LabelsDeps } from './service.ts';
export { labelsOfArtifacts, type Carried } from './carried.ts';
export { presentLabel } from './present.ts';
export type { Label } from './store.ts';
