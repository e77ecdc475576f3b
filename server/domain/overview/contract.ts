import Type, { type Static } from 'typebox';
import { WireTime } from '../../lib/wire.ts';

export const OverviewQuery = Type.Object({
  days: Type.Optional(
    Type.Unsafe<1 | 14 | 90>({
      type: 'integer',
      enum: [1, 14, 90],
      default: 14,
      description: 'How far back; the last day is told by the hour',
    }),
  ),
});

const Counted = Type.Object({
  count: Type.Integer(),
  before: Type.Union([Type.Integer(), Type.Null()], {
    description: 'In the period before; null where it is not wholly known',
  }),
});

const Bytes = Type.Integer({ description: 'Bytes' });
const BytesOrNull = Type.Union([Bytes, Type.Null()]);

/** What needs attention: its kind, and what its sentence needs. */
export const ConcernBody = Type.Object({
  kind: Type.Union([
    Type.Literal('disk_full'),
    Type.Literal('part_ill'),
    Type.Literal('certificate_over'),
    Type.Literal('password_missing'),
    Type.Literal('read_only'),
    Type.Literal('disk_soon'),
    Type.Literal('certificate_soon'),
    Type.Literal('plain_http'),
    Type.Literal('registration_open'),
  ]),
  part: Type.Optional(Type.String({ description: 'Of the registry: a name of /health' })),
  days: Type.Optional(Type.Integer()),
  free_bytes: Type.Optional(Bytes),
  floor_bytes: Type.Optional(Type.Integer({ description: 'Bytes that must stay free' })),
  until: Type.Optional(WireTime),
});
export type ConcernBody = Static<typeof ConcernBody>;

const StockBody = Type.Object({
  artifacts: Type.Integer({ description: 'That the lists show' }),
  stored_bytes: Bytes,
  disk_total_bytes: BytesOrNull,
  disk_free_bytes: BytesOrNull,
  full_in_days: Type.Union([Type.Integer(), Type.Null()], {
    description: 'At the rate of the last weeks; null where it cannot be told or is more than a year away',
  }),
  by_day: Type.Array(Type.Object({ starts_at: WireTime, stored_bytes: Bytes })),
  concerns: Type.Array(ConcernBody),
});

export const RecentPushBody = Type.Object({
  project_name: Type.String(),
  repository_name: Type.String({ description: 'Without the project' }),
  digest: Type.String(),
  tags: Type.Array(Type.String(), { description: 'The newest three' }),
  push_time: WireTime,
});

export const OverviewBody = Type.Object({
  days: Type.Integer(),
  scope: Type.Union([Type.Literal('all'), Type.Literal('own')], {
    description: 'Everything, or the projects that the caller is a member of',
  }),
  pulls: Counted,
  pushes: Counted,
  projects: Type.Integer(),
  repositories: Type.Integer(),
  traffic: Type.Array(Type.Object({ starts_at: WireTime, pulls: Type.Integer(), pushes: Type.Integer() }), {
    description: 'By the day, or of one day by the hour (UTC); the last part is not over',
  }),
  recent: Type.Array(RecentPushBody),
  stock: Type.Union([StockBody, Type.Null()], { description: 'For system administrators' }),
});
export type OverviewBody = Static<typeof OverviewBody>;
