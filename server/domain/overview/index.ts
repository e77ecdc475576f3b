export { createOverview, type Circumstances, type Overview, type OverviewDeps } from './service.ts';
