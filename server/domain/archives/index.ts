export { createArchives, type Archives } from './service.ts';
export { createExports, type Exports } from './export.ts';
