import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The reviewed tables of where we leave Harbor's contract on purpose; every line has its reason. */

interface Reviewed {
  /** `METHOD /path` of the contract, or `*` for every operation. */
  readonly operations: readonly string[];
  readonly reason: string;
}

/** A documented status that no test can see of ours: harbor-unreachable.json. */
export interface Unreachable extends Reviewed {
  readonly status: number;
}

/** A status that we answer and the operation does not document: harbor-undocumented.json. */
export interface Undocumented extends Reviewed {
  readonly status: number;
}

/** A property of ours in bodies of Harbor's operations: harbor-additions.json. */
export interface Addition extends Reviewed {
  /** Its path in the request or reply, without list marks: `metadata.allow_sparse`. */
  readonly property: string;
}

/** Something of the contract that no reply of ours carries or no request takes: harbor-omissions.json. */
export interface Omission extends Reviewed {
  readonly where: 'reply' | 'reply header' | 'request' | 'parameter';
  /** Its path in the body without list marks (`*` for a key of a map), the header's name, or `query page`. */
  readonly name: string;
}

function readTable<T extends Reviewed>(name: string): readonly T[] {
  const entries = JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as readonly T[];
  const bare = entries.find(({ reason }) => typeof reason !== 'string' || reason.length < 20);
  if (bare) throw new Error(`${name}: an entry without a reason: ${JSON.stringify(bare)}`);
  return entries;
}

/** Each reads its reviewed table; throws when an entry has no reason. */
export const readUnreachable = (): readonly Unreachable[] => readTable('harbor-unreachable.json');
export const readUndocumented = (): readonly Undocumented[] => readTable('harbor-undocumented.json');
export const readAdditions = (): readonly Addition[] => readTable('harbor-additions.json');
export const readOmissions = (): readonly Omission[] => readTable('harbor-omissions.json');

/** Whether the entry speaks of this operation. */
export const covers = (entry: Reviewed, operation: string): boolean =>
  entry.operations.includes('*') || entry.operations.includes(operation);
