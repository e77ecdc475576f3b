import Type, { type Static, type TObject } from 'typebox';

/** Schemas that every contract shares, and the mapping of values that all replies write alike. */

/** Harbor's error envelope. */
export const ErrorsBody = Type.Object(
  { errors: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })) },
  { description: 'Why the request was refused' },
);

/** A reply without a body. */
export const NoBody = Type.Unsafe<undefined>({ type: 'null', description: 'No body' });

/** The refusals that a route documents, by status. */
export function refusals<const S extends number>(...statuses: readonly S[]): Record<S, typeof ErrorsBody> {
  return Object.fromEntries(statuses.map((status) => [status, ErrorsBody])) as Record<S, typeof ErrorsBody>;
}

export const WireTime = Type.String({ format: 'date-time', description: 'UTC, in milliseconds' });

/** An instant in milliseconds since the epoch as Harbor writes it; an unset one is Go's zero time. */
export function writeTime(ms: number | null): string {
  return ms === null ? '0001-01-01T00:00:00.000Z' : new Date(ms).toISOString();
}

/** `page` and `page_size` of every list. */
export const PageQuery = Type.Object({
  page: Type.Optional(Type.Integer({ default: 1, minimum: 0, maximum: 1_000_000_000 })),
  page_size: Type.Optional(
    Type.Integer({
      default: 10,
      minimum: 0,
      maximum: 100,
      description: '0 asks for all rows, at most 10000',
    }),
  ),
});

/** The query of a list that can be filtered and sorted. */
export const ListQuery = Type.Object({
  ...PageQuery.properties,
  q: Type.Optional(Type.String({ description: 'Filters: k=v, k=~v, k=[a~b], k={a b}, joined by commas' })),
  sort: Type.Optional(
    Type.String({ description: 'Keys joined by commas, with "-" before one for descending' }),
  ),
});

/** The query of a list of our own: as many rows as `limit` from a place on, which costs the same at any depth. */
export const KeysetQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ default: 50, minimum: 1, maximum: 100 })),
  after: Type.Optional(Type.String({ maxLength: 4_000, description: '`next` of the page before' })),
  count: Type.Optional(
    Type.Boolean({ default: false, description: 'Whether to tell in `total` how many match in all' }),
  ),
  q: ListQuery.properties.q,
  sort: Type.Optional(Type.String({ description: 'One key, with "-" before it for descending' })),
});

/** A page of such a list; `next` is null at its end. */
export const keysetBody = <T extends Type.TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()]),
    total: Type.Optional(
      Type.Union([Type.Integer(), Type.Null()], {
        description: 'Where `count` asks: how many match in all, null for more than 10,000 behind a filter',
      }),
    ),
  });

/** The path parameter of everything inside a project. */
export const ProjectParams = Type.Object({ project_name_or_id: Type.String({ minLength: 1 }) });

/** A body of which unknown fields are tolerated, as Harbor does. */
export function body<P extends Record<string, Type.TSchema>>(properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: true });
}

/** Harbor's Label, of the registry ("g") or of a project ("p", with its id); artifacts carry it too. */
export const LabelBody = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  color: Type.String(),
  scope: Type.String(),
  project_id: Type.Optional(Type.Integer()),
  creation_time: WireTime,
  update_time: WireTime,
});
export type LabelBody = Static<typeof LabelBody>;

/** An object with any names. (Type.Record asks the names to match `^.*$`, and "." is no line break.) */
export const mapOf = <T extends Type.TSchema>(item: T) =>
  Type.Unsafe<Record<string, Static<T>>>({ type: 'object', additionalProperties: item });
