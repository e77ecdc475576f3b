import Type, { type Static } from 'typebox';
import { body, LabelBody, ListQuery } from '../../lib/wire.ts';

const OptionalText = Type.Optional(Type.Union([Type.String(), Type.Null()]));
const ProjectId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const Ignored = Type.Optional(Type.Unknown({ description: 'Taken, and not looked at' }));

/** Harbor's Label in a request; an update does not look at where it lies either. */
export const LabelRequestBody = body({
  name: OptionalText,
  description: OptionalText,
  color: OptionalText,
  scope: OptionalText,
  project_id: Type.Optional(Type.Union([ProjectId, Type.Null()])),
  id: Ignored,
  creation_time: Ignored,
  update_time: Ignored,
});
export type LabelRequestBody = Static<typeof LabelRequestBody>;

export const LabelListQuery = Type.Object({
  ...ListQuery.properties,
  name: Type.Optional(Type.String({ description: 'Part of the name' })),
  scope: Type.Optional(Type.String({ description: 'g: of the registry, p: of a project. Needed' })),
  project_id: Type.Optional(ProjectId),
});

export const LabelParams = Type.Object({
  label_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

/** Beyond this many the artifacts that carry a label are not counted further. */
export const COUNTED_USES = 1_000;

/** A label with how many artifacts carry it: our own. */
export const UsedLabelBody = Type.Object({
  ...LabelBody.properties,
  uses: Type.Integer({
    description: `Artifacts that carry it, counted up to ${COUNTED_USES}`,
  }),
});
export type UsedLabelBody = Static<typeof UsedLabelBody>;
