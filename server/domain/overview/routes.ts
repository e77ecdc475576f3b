import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signedIn } from '../../access/route-access.ts';
import type { RegistrySettings } from '../../config/registry-settings.ts';
import type { NetworkState } from '../../http/network-state.ts';
import '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { refusals, writeTime } from '../../lib/wire.ts';
import { OverviewBody, OverviewQuery, type ConcernBody } from './contract.ts';
import type { Concern } from './rules.ts';
import type { Circumstances, Numbers, Overview, Stock } from './service.ts';

export interface OverviewRoutesDeps {
  readonly overview: Overview;
  readonly system: { health(): Promise<readonly { readonly name: string; readonly healthy: boolean }[]> };
  readonly configuration: { readonly current: () => RegistrySettings };
  readonly isAdminPasswordSet: () => Promise<boolean>;
  /** `scheme://host[:port]` that clients use. */
  readonly originOf: (request: FastifyRequest) => string;
  /** What the process was started with to be reached, as it is now. */
  readonly network: () => NetworkState;
}

/** `/overview`: the numbers of the first page. */
export function overviewRoutes(deps: OverviewRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/overview',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'getOverview',
          tags: ['berth'],
          querystring: OverviewQuery,
          response: { 200: OverviewBody, ...refusals(400, 401, 422) },
        },
      },
      async (request) => {
        const { principal } = request;
        if (principal.kind !== 'user') throw new AppError('unauthorized', 'sign in first');
        const days = request.query.days ?? 14;
        const [numbers, stock] = await Promise.all([
          deps.overview.numbers(principal, days),
          principal.isAdmin
            ? circumstancesOf(deps, request).then((known) => deps.overview.stock(days, known))
            : undefined,
        ]);
        return present(days, numbers, stock);
      },
    );
  };
}

async function circumstancesOf(deps: OverviewRoutesDeps, request: FastifyRequest): Promise<Circumstances> {
  const settings = deps.configuration.current();
  const { certificate, isLocalOnly } = deps.network();
  const [parts, isAdminPasswordSet] = await Promise.all([deps.system.health(), deps.isAdminPasswordSet()]);
  return {
    illParts: parts.filter(({ healthy }) => !healthy).map(({ name }) => name),
    certificateUntilMs: certificate?.validUntilMs,
    isPlainHttp: !isLocalOnly && deps.originOf(request).startsWith('http:'),
    isAdminPasswordSet,
    isReadOnly: settings.readOnly,
    selfRegistration: settings.selfRegistration,
  };
}

function presentConcern(concern: Concern): ConcernBody {
  const { kind } = concern;
  switch (kind) {
    case 'disk_full':
      return { kind, free_bytes: concern.freeBytes, floor_bytes: concern.floorBytes };
    case 'disk_soon':
      return { kind, days: concern.days, free_bytes: concern.freeBytes };
    case 'part_ill':
      return { kind, part: concern.part };
    case 'certificate_over':
    case 'certificate_soon':
      return { kind, until: writeTime(concern.untilMs) };
    case 'password_missing':
    case 'read_only':
    case 'plain_http':
    case 'registration_open':
      return { kind };
    default:
      return concern satisfies never;
  }
}

function present(days: number, numbers: Numbers, stock: Stock | undefined): OverviewBody {
  const { sums, sumsBefore } = numbers;
  return {
    days,
    scope: numbers.isAll ? 'all' : 'own',
    pulls: { count: sums.pulls, before: sumsBefore?.pulls ?? null },
    pushes: { count: sums.pushes, before: sumsBefore?.pushes ?? null },
    projects: numbers.projects,
    repositories: numbers.repositories,
    traffic: numbers.parts.map(({ startsAtMs, pulls, pushes }) => ({
      starts_at: writeTime(startsAtMs),
      pulls,
      pushes,
    })),
    recent: numbers.recent.map((push) => ({
      project_name: push.projectName,
      repository_name: push.repositoryName,
      digest: push.digest,
      tags: [...push.tags],
      push_time: writeTime(push.pushedAtMs),
    })),
    stock: stock ? presentStock(stock) : null,
  };
}

function presentStock(stock: Stock): NonNullable<OverviewBody['stock']> {
  return {
    artifacts: stock.artifacts,
    stored_bytes: stock.storedBytes,
    disk_total_bytes: stock.volume?.totalBytes ?? null,
    disk_free_bytes: stock.volume?.freeBytes ?? null,
    full_in_days: stock.fullInDays ?? null,
    by_day: stock.storedByDay.map(({ startsAtMs, bytes }) => ({
      starts_at: writeTime(startsAtMs),
      stored_bytes: bytes,
    })),
    concerns: stock.concerns.map(presentConcern),
  };
}
