import { readJson } from '../../db/json.ts';
import type { ReferenceRow } from './artifact-store.ts';

/** Where a file of a model lies, as its layer says (CNCF model spec, "Annotations"). */
export const MODEL_FILEPATH = 'org.cncf.model.filepath';

/** A file or a folder of a model, as Harbor shows it. */
export interface ModelFile {
  readonly name: string;
  readonly type: 'file' | 'directory';
  /** Bytes of the layer that holds it; of a file only. */
  readonly size?: number;
  readonly children?: readonly ModelFile[];
}

/** Parts of one path: what lies deeper is shown at that depth. */
const MAX_DEPTH = 32;

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: Map<string, number>;
}

const folder = (): Folder => ({ folders: new Map(), files: new Map() });

function place(root: Folder, path: string, sizeBytes: number): void {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  const name = path.endsWith('/') ? undefined : parts.pop();
  let at = root;
  for (const part of parts.slice(0, MAX_DEPTH)) {
    const next = at.folders.get(part) ?? folder();
    at.folders.set(part, next);
    at = next;
  }
  if (name !== undefined && !at.folders.has(name)) at.files.set(name, sizeBytes);
}

const byName = (a: ModelFile, b: ModelFile): number => (a.name < b.name ? -1 : 1);

function write(at: Folder): ModelFile[] {
  const folders = [...at.folders].map(([name, inner]): ModelFile => {
    return { name, type: 'directory', children: write(inner) };
  });
  const files = [...at.files]
    .filter(([name]) => !at.folders.has(name))
    .map(([name, size]): ModelFile => ({ name, type: 'file', size }));
  return [...folders.toSorted(byName), ...files.toSorted(byName)];
}

/** The files of a model as its layers name them, folders first, each by name. */
export function listModelFiles(
  layers: readonly Pick<ReferenceRow, 'annotations' | 'size_bytes'>[],
): ModelFile[] {
  const root = folder();
  for (const layer of layers) {
    const path = readJson<Record<string, string>>(layer.annotations)[MODEL_FILEPATH];
    if (path !== undefined && path !== '') place(root, path, layer.size_bytes);
  }
  return write(root);
}
