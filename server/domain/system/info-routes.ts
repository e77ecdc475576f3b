import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../../access/principal.ts';
import { open, system as systemAccess } from '../../access/route-access.ts';
import type { RegistrySettings } from '../../config/registry-settings.ts';
import '../../http/request-types.ts';
import { notFound } from '../../lib/errors.ts';
import { refusals, writeTime } from '../../lib/wire.ts';
import { GeneralInfoBody, VolumesBody } from './contract.ts';
import type { System } from './service.ts';

export interface InfoRoutesDeps {
  readonly system: System;
  /** What administrators set, as it is now. */
  readonly configuration: { readonly current: () => RegistrySettings };
  /** `scheme://host[:port]` that clients use. */
  readonly originOf: (request: FastifyRequest) => string;
  /** The certificate, in PEM, that clients have to trust first; undefined where it is one that they know already. */
  readonly caRoot: () => string | undefined;
}

/** Harbor 2.16's API is what is spoken here, so clients that compare versions find it first. */
export const HARBOR_VERSION = 'v2.16.0';

function presentInfo(deps: InfoRoutesDeps, principal: Principal, origin: string): GeneralInfoBody {
  const settings = deps.configuration.current();
  const common = {
    auth_mode: 'db_auth',
    primary_auth_mode: false,
    self_registration: settings.selfRegistration,
    banner_message: settings.bannerMessage,
  };
  if (principal.kind === 'anonymous') return common;
  const { system } = deps;
  return {
    ...common,
    harbor_version: `${HARBOR_VERSION}-berth-${system.identity.version}`,
    registry_url: new URL(origin).host,
    external_url: origin,
    read_only: settings.readOnly,
    project_creation_restriction: settings.projectCreationRestriction,
    has_ca_root: deps.caRoot() !== undefined,
    registry_storage_provider_name: system.identity.storageName,
    // There are no webhooks: Harbor's portal would show a page for them.
    notification_enable: false,
    current_time: writeTime(system.now()),
  };
}

/** `/systeminfo` and what is below it. */
export function addInfoRoutes(instance: FastifyInstance, deps: InfoRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/systeminfo',
    {
      config: { access: open },
      schema: { operationId: 'getSystemInfo', tags: ['systeminfo'], response: { 200: GeneralInfoBody } },
    },
    async (request) => presentInfo(deps, request.principal, deps.originOf(request)),
  );

  app.get(
    '/systeminfo/volumes',
    {
      config: { access: systemAccess('system-volumes:read') },
      schema: {
        operationId: 'getVolumes',
        tags: ['systeminfo'],
        response: { 200: VolumesBody, ...refusals(401, 403, 404) },
      },
    },
    async () => {
      const volume = await deps.system.volume();
      if (!volume) throw notFound('volume', `of ${deps.system.identity.storageName}`);
      return { storage: [{ total: volume.totalBytes, free: volume.freeBytes }] };
    },
  );

  app.get(
    '/systeminfo/getcert',
    {
      config: { access: open },
      schema: {
        operationId: 'getCert',
        tags: ['systeminfo'],
        description:
          'The certificate authority that clients have to trust, when the server has one of its own',
        produces: ['application/octet-stream'],
        response: { 200: Type.String(), ...refusals(404) },
      },
    },
    async (_request, reply) => {
      const root = deps.caRoot();
      if (root === undefined) throw notFound('certificate', 'ca.crt');
      return reply
        .type('application/octet-stream')
        .header('Content-Disposition', 'attachment; filename=ca.crt')
        .send(root);
    },
  );
}
