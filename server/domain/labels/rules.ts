import { AppError } from '../../lib/errors.ts';

const NAME_MAX = 128;
const DESCRIPTION_MAX = 4096;
/** Digits or a word: Terraform's provider for Harbor writes "false" where none is given. Nothing that a style could hide in. */
const COLOR = /^(?:#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-zA-Z]{1,16})$/;

/** Of the whole registry, or of one project. */
export type LabelScope = 'g' | 'p';

/** What a label says. */
export interface LabelText {
  readonly name: string;
  readonly description: string;
  /** `#rgb`, `#rrggbb` or a word as it was given, or empty. */
  readonly color: string;
}

/** What a request says of a label, before it is checked. */
export type LabelRequest = { readonly [K in keyof LabelText]?: string | null | undefined };

const refuse = (message: string): AppError => new AppError('bad_request', message);
/** Characters as people count them: those beyond UTF-16's first plane are one. */
const lengthOf = (text: string): number => Array.from(text).length;

/**
 * The label that a request describes. What it leaves out is empty, as in Harbor: its clients leave out empty texts. Throws
 * `bad_request` naming what cannot be accepted.
 */
export function readLabelText(request: LabelRequest): LabelText {
  const name = request.name ?? '';
  const description = request.description ?? '';
  const color = request.color ?? '';
  if (name.trim() === '') throw refuse('name: a label needs one');
  if (lengthOf(name) > NAME_MAX) throw refuse(`name: at most ${NAME_MAX} characters`);
  if (lengthOf(description) > DESCRIPTION_MAX)
    throw refuse(`description: at most ${DESCRIPTION_MAX} characters`);
  if (color !== '' && !COLOR.test(color))
    throw refuse(`color ${JSON.stringify(color.slice(0, 80))}: write it like #0065ab, or by its name`);
  return { name, description, color };
}

/** Throws `bad_request` for what is neither "g" nor "p", also where nothing is said: nobody's guess is right. */
export function readLabelScope(scope: string | null | undefined): LabelScope {
  if (scope === 'g' || scope === 'p') return scope;
  const given = scope === undefined || scope === null ? '' : ` ${JSON.stringify(scope.slice(0, 80))}`;
  throw refuse(`scope${given}: use g for labels of the registry, p for those of a project`);
}

/** Throws `bad_request` where there is none: a label of a project needs one. */
export function readLabelProject(projectId: number | null | undefined): number {
  if (projectId) return projectId;
  throw refuse('project_id: name the project by its id');
}
