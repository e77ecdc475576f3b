import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { system as systemAccess } from '../../access/route-access.ts';
import type { NetworkState } from '../../http/network-state.ts';
import '../../http/request-types.ts';
import { refusals, writeTime } from '../../lib/wire.ts';
import { NetworkBody, ServerHealthBody, StorageBody } from './contract.ts';
import { HARBOR_VERSION, type InfoRoutesDeps } from './info-routes.ts';
import { createProcessState } from './process-state.ts';
import type { System } from './service.ts';

export interface DetailRoutesDeps extends InfoRoutesDeps {
  /** What the process was started with to be reached, as it is now. */
  readonly network: () => NetworkState;
}

/** `/system/*`: what administrators want to know about the server itself. */
export function addDetailRoutes(instance: FastifyInstance, deps: DetailRoutesDeps): void {
  addStorage(instance, deps.system);
  addNetwork(instance, deps);
  addHealth(instance, deps.system);
}

function addStorage(instance: FastifyInstance, system: System): void {
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    '/system/storage',
    {
      config: { access: systemAccess('system-volumes:read') },
      schema: {
        operationId: 'getStorage',
        tags: ['berth'],
        response: { 200: StorageBody, ...refusals(401, 403) },
      },
    },
    async () => {
      const { folder, blobBytes, volume, database } = await system.storage();
      return {
        driver: system.identity.storageName,
        folder: folder ?? null,
        blob_bytes: blobBytes,
        volume: volume
          ? { total: volume.totalBytes, free: volume.freeBytes, floor: volume.floorBytes }
          : null,
        database,
      };
    },
  );
}

function presentNetwork(deps: DetailRoutesDeps, request: FastifyRequest): NetworkBody {
  const { listen, externalUrl, certificate, trustedProxies } = deps.network();
  return {
    listen: [...listen],
    external_url: externalUrl ?? null,
    origin: deps.originOf(request),
    certificate: certificate
      ? {
          file: certificate.file,
          names: [...certificate.names],
          subject: certificate.subject,
          issuer: certificate.issuer,
          valid_from: writeTime(certificate.validFromMs),
          valid_until: writeTime(certificate.validUntilMs),
          fingerprint: certificate.fingerprint,
        }
      : null,
    has_ca_root: deps.caRoot() !== undefined,
    trusted_proxies: [...trustedProxies],
  };
}

function addNetwork(instance: FastifyInstance, deps: DetailRoutesDeps): void {
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    '/system/network',
    {
      config: { access: systemAccess('configuration:read') },
      schema: {
        operationId: 'getNetwork',
        tags: ['berth'],
        response: { 200: NetworkBody, ...refusals(401, 403) },
      },
    },
    async (request) => presentNetwork(deps, request),
  );
}

function addHealth(instance: FastifyInstance, system: System): void {
  const readProcess = createProcessState();
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    '/system/health',
    {
      config: { access: systemAccess('configuration:read') },
      schema: {
        operationId: 'getServerHealth',
        tags: ['berth'],
        response: { 200: ServerHealthBody, ...refusals(401, 403) },
      },
    },
    async () => {
      const components = await system.health();
      const state = readProcess();
      return {
        healthy: components.every(({ healthy }) => healthy),
        components: components.map(({ name, healthy, ms }) => ({ name, healthy, milliseconds: ms })),
        version: system.identity.version,
        harbor_version: HARBOR_VERSION,
        node_version: state.nodeVersion,
        platform: state.platform,
        started_at: writeTime(system.now() - Math.round(state.upSeconds * 1000)),
        memory_bytes: state.memoryBytes,
        loop_busy_percent: Math.round(state.loopBusy * 1000) / 10,
      };
    },
  );
}
