import { dirname, relative, sep } from 'node:path';
import type { Chance } from './chance.ts';

/** A write, or a new length, that is not known to have reached the disk. */
type FileChange = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

interface FileNode {
  readonly kind: 'file';
  /** Length as the processes see it. */
  size: number;
  durable: Buffer;
  pending: FileChange[];
}

/** A name given or taken away. The two halves of a rename are one step of the file system's. */
interface FolderChange {
  readonly name: string;
  readonly node: Node | undefined;
  readonly step: symbol;
}

interface FolderNode {
  readonly kind: 'folder';
  readonly live: Map<string, Node>;
  readonly durable: Map<string, Node>;
  pending: FolderChange[];
}

export type Node = FileNode | FolderNode;

/** What is on the disk after the power went, by path below the root; undefined stands for a folder. */
export type Survivors = ReadonlyMap<string, Buffer | undefined>;

const newFile = (): FileNode => ({ kind: 'file', size: 0, durable: Buffer.alloc(0), pending: [] });
const newFolder = (): FolderNode => ({ kind: 'folder', live: new Map(), durable: new Map(), pending: [] });

/**
 * A disk that keeps only what POSIX promises: bytes of a file once the file is synced, names once their folder is. It
 * is told what a process did, below a folder that was there, and empty, before.
 */
export class Disk {
  readonly #root = newFolder();
  readonly #at: string;
  /** Raised whenever something more has become durable. */
  version = 0;

  constructor(root: string) {
    this.#at = root;
  }

  /** Whether a path is below the root, or is it. */
  holds(path: string): boolean {
    return path === this.#at || path.startsWith(this.#at + sep);
  }

  find(path: string): Node | undefined {
    const below = relative(this.#at, path);
    let node: Node | undefined = this.#root;
    for (const part of below === '' ? [] : below.split(sep)) {
      if (node?.kind !== 'folder') return undefined;
      node = node.live.get(part);
    }
    return node;
  }

  #folderOf(path: string): FolderNode {
    const folder = this.find(dirname(path));
    if (folder?.kind !== 'folder')
      throw new Error(`${dirname(path)} is no folder that was made in this trace`);
    return folder;
  }

  #name(path: string, node: Node | undefined, step = Symbol(path)): void {
    const folder = this.#folderOf(path);
    const name = relative(dirname(path), path);
    if (node) folder.live.set(name, node);
    else folder.live.delete(name);
    folder.pending.push({ name, node, step });
  }

  makeFolder(path: string): void {
    this.#name(path, newFolder());
  }

  /** The file at the path, made if it is missing; `O_TRUNC` empties it. */
  openFile(path: string, { truncate }: { truncate: boolean }): Node {
    let node = this.find(path);
    if (!node) {
      node = newFile();
      this.#name(path, node);
    } else if (truncate && node.kind === 'file') this.resize(node, 0);
    return node;
  }

  remove(path: string): void {
    this.#name(path, undefined);
  }

  link(from: string, to: string): void {
    this.#name(to, this.#existing(from));
  }

  rename(from: string, to: string): void {
    const node = this.#existing(from);
    const step = Symbol(`${from} to ${to}`);
    this.#name(to, node, step);
    this.#name(from, undefined, step);
  }

  #existing(path: string): Node {
    const node = this.find(path);
    if (!node) throw new Error(`${path} was not made in this trace`);
    return node;
  }

  write(node: FileNode, at: number, bytes: Buffer): void {
    node.pending.push({ at, bytes });
    node.size = Math.max(node.size, at + bytes.length);
  }

  resize(node: FileNode, size: number): void {
    node.pending.push({ size });
    node.size = size;
  }

  /**
   * Begins a sync: what was done until now is durable once the function that is given back is called with true. With
   * false the sync has failed, and then it is lost: the system calls the pages clean, and no later sync writes them.
   */
  beginSync(nodes: readonly Node[]): (isDone: boolean) => void {
    const covered = nodes.map((node) => ({
      node,
      changes: new Set<FileChange | FolderChange>(node.pending),
    }));
    return (isDone) => {
      for (const { node, changes } of covered) {
        if (changes.size === 0) continue;
        this.version += 1;
        if (node.kind === 'file') {
          const done = node.pending.filter((each) => changes.has(each));
          if (isDone) node.durable = withChanges(node.durable, done);
          node.pending = node.pending.filter((each) => !changes.has(each));
        } else {
          for (const each of node.pending) if (isDone && changes.has(each)) name(node.durable, each);
          node.pending = node.pending.filter((each) => !changes.has(each));
        }
      }
    };
  }

  /** Every file and folder, for a sync of all. */
  all(): readonly Node[] {
    const found: Node[] = [this.#root];
    for (const node of found) if (node.kind === 'folder') found.push(...node.live.values());
    return found;
  }

  /**
   * What is left if the power goes now: only what was synced, or also some of the rest, each change or part of a
   * sector-wise write by itself, as a disk writes back in any order.
   */
  survivors(some?: Chance): Survivors {
    const result = new Map<string, Buffer | undefined>();
    const steps = new Map<symbol, boolean>();
    const survives = (step: symbol): boolean => {
      const known = steps.get(step) ?? some?.happens(0.5) ?? false;
      steps.set(step, known);
      return known;
    };
    const contents = new Map<FileNode, Buffer>();
    const visit = (folder: FolderNode, above: string): void => {
      const names = new Map(folder.durable);
      if (some) for (const change of folder.pending) if (survives(change.step)) name(names, change);
      for (const [part, node] of names) {
        const path = above === '' ? part : `${above}${sep}${part}`;
        if (node.kind === 'folder') {
          result.set(path, undefined);
          visit(node, path);
        } else {
          const bytes = contents.get(node) ?? (some ? withSome(node, some) : node.durable);
          contents.set(node, bytes);
          result.set(path, bytes);
        }
      }
    };
    visit(this.#root, '');
    return result;
  }
}

function name(names: Map<string, Node>, change: FolderChange): void {
  if (change.node) names.set(change.name, change.node);
  else names.delete(change.name);
}

function withChanges(before: Buffer, changes: readonly FileChange[]): Buffer {
  let size = before.length;
  let largest = size;
  for (const change of changes) {
    size = 'size' in change ? change.size : Math.max(size, change.at + change.bytes.length);
    largest = Math.max(largest, size);
  }
  const bytes = Buffer.alloc(largest);
  before.copy(bytes);
  let length = before.length;
  for (const change of changes) {
    if ('size' in change) {
      // What is cut off reads as zeros if the file grows again.
      if (change.size < length) bytes.fill(0, change.size, length);
      length = change.size;
    } else {
      change.bytes.copy(bytes, change.at);
      length = Math.max(length, change.at + change.bytes.length);
    }
  }
  return bytes.subarray(0, size);
}

const SECTOR = 512;

/** The file with some of what was not synced: whole changes, or writes of which some sectors made it. */
function withSome(node: FileNode, some: Chance): Buffer {
  const kept: FileChange[] = [];
  for (const change of node.pending) {
    if (some.happens(0.5)) {
      kept.push(change);
    } else if ('bytes' in change && some.happens(0.3)) {
      for (let from = 0; from < change.bytes.length; from += SECTOR) {
        if (some.happens(0.5))
          kept.push({ at: change.at + from, bytes: change.bytes.subarray(from, from + SECTOR) });
      }
    }
  }
  return withChanges(node.durable, kept);
}
