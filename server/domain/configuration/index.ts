export { createConfiguration, type Configuration, type ConfigurationDeps } from './service.ts';
