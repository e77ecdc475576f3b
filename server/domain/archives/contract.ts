import Type, { type Static } from 'typebox';
import { body, ProjectParams, WireTime } from '../../lib/wire.ts';

const OrNull = Type.Union([Type.String(), Type.Null()]);

/** A name as the archive gives it, and what comes of it in this project. */
export const GivenNameBody = Type.Object({
  given: Type.String(),
  repository: OrNull,
  tag: OrNull,
});

/** An image found in an archive. */
export const ImportImageBody = Type.Object({
  digest: Type.String(),
  media_type: Type.String(),
  type: Type.String({ description: 'IMAGE, CHART, ...' }),
  size: Type.Integer({ description: 'Bytes of all of it' }),
  platforms: Type.Array(
    Type.Object({ os: Type.String(), architecture: Type.String(), variant: Type.Optional(Type.String()) }),
  ),
  missing: Type.Integer({ description: 'Children of the index that the archive does not have' }),
  names: Type.Array(GivenNameBody),
});
export type ImportImageBody = Static<typeof ImportImageBody>;

/** An archive that was received and waits for its names. */
export const ImportBody = Type.Object({
  id: Type.String(),
  file_name: Type.String(),
  images: Type.Array(ImportImageBody),
  creation_time: WireTime,
  expiration_time: WireTime,
});
export type ImportBody = Static<typeof ImportBody>;

export const ImportQuery = Type.Object({
  file_name: Type.Optional(Type.String({ maxLength: 255, description: 'What the sender calls the file' })),
});
export const ImportParams = Type.Object({ ...ProjectParams.properties, import_id: Type.String() });

const TargetBody = Type.Object({
  position: Type.Integer({ minimum: 0, description: 'Its place among the images found, from 0' }),
  repository: Type.String({ maxLength: 255, description: 'Name without the project' }),
  tags: Type.Array(Type.String({ maxLength: 128 }), { maxItems: 100 }),
});

export const ConfirmRequest = body({
  targets: Type.Array(TargetBody, { minItems: 1, maxItems: 1_000 }),
});
export type ConfirmRequest = Static<typeof ConfirmRequest>;

export const OutcomeBody = Type.Object({
  ...TargetBody.properties,
  digest: Type.String(),
  error: Type.Union([Type.Object({ code: Type.String(), message: Type.String() }), Type.Null()]),
});
export const ConfirmBody = Type.Object({ outcomes: Type.Array(OutcomeBody) });
export type ConfirmBody = Static<typeof ConfirmBody>;
