export { createActivity, type Activity } from './activity.ts';
export { createBlobService, type BlobService, type MountSource } from './blobs.ts';
export { createManifestService, type ManifestService } from './manifests.ts';
export { createListings, type Listings } from './listings.ts';
export type { Referrer, StoredManifest } from './artifact-store.ts';
export { createRecords, type Records } from './records.ts';
export { artifactApiRoutes, artifactOwnRoutes } from './routes.ts';
