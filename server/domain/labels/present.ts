import { writeTime, type LabelBody } from '../../lib/wire.ts';
import type { Label } from './store.ts';

/** A label as every reply writes it. */
export function presentLabel(label: Label): LabelBody {
  return {
    id: label.id,
    name: label.name,
    description: label.description,
    color: label.color,
    scope: label.scope,
    ...(label.projectId === null ? {} : { project_id: label.projectId }),
    creation_time: writeTime(label.createdAtMs),
    update_time: writeTime(label.updatedAtMs),
  };
}
