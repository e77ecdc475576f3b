import { resolve } from 'node:path';
import { bytesOfHex, isReply, readTrace, stringsOf, unhex, type Call } from '#test/support/strace.ts';
import { Disk, type Node } from './disk.ts';

/** The calls that change files, and those that a replay needs to follow descriptors; all are traced. */
const CALLS = [
  'open,openat,openat2,creat,close,dup,dup2,dup3,fcntl',
  'write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg',
  'fsync,fdatasync,sync,syncfs,sync_file_range,msync',
  'rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir',
  'truncate,ftruncate,fallocate,copy_file_range,sendfile,splice',
].join(',');

/**
 * The command line under which a server's calls are written to `file`, the bytes of all writes included. `faults` are
 * calls that fail, as strace's `inject` takes them: `rename:error=EIO:when=3+5`, counted in each thread.
 */
export function recorder(file: string, faults: readonly string[] = []): readonly [string, ...string[]] {
  const show = ['-f', '-y', '-xx', '-s', '67108864', '--seccomp-bpf', '-e', `trace=${CALLS}`];
  // -D: the server stays the child that was started, and can be killed as such.
  return ['strace', '-D', ...show, ...faults.flatMap((fault) => ['-e', `inject=${fault}`]), '-o', file];
}

export interface Replay {
  readonly disk: Disk;
  /** The request ids of the operations whose acknowledgement was begun to be written. */
  readonly answered: ReadonlySet<string>;
}

/** Where the power may go: right before something more becomes durable, so that the replies so far are the most. */
export type Cut = (replay: Replay, what: string) => void;

/**
 * Replays a trace on a disk that keeps only what is synced. `cut` is called at each moment that differs from the one
 * before in what is durable or what was answered, and at the end. Throws on a change that it cannot follow.
 */
export function replay(trace: string, root: string, cut: Cut): Replay {
  const disk = new Disk(root);
  const answered = new Set<string>();
  const tables: State = { disk, descriptors: new Map(), syncs: new Map() };
  const state = { disk, answered };
  for (const { at, call } of readTrace(trace)) {
    if (isReply(call)) {
      const id = at === 'begin' ? acknowledgedId(call) : undefined;
      if (id !== undefined) answered.add(id);
    } else if (/^(fsync|fdatasync|sync|syncfs)$/.test(call.name)) {
      if (at === 'begin') beginSync(tables, call);
      else {
        if (call.result === '0') cut(state, `${call.name} ${call.path}`);
        tables.syncs.get(call)?.(call.result === '0');
      }
    } else if (at === (call.name === 'close' ? 'begin' : 'end')) apply(tables, call);
  }
  cut(state, 'the end');
  return state;
}

interface State {
  readonly disk: Disk;
  readonly descriptors: Map<number, { node: Node; position: number; append: boolean }>;
  readonly syncs: Map<Call, (isDone: boolean) => void>;
}

/** The X-Request-Id of a reply that acknowledges something. */
function acknowledgedId(call: Call): string | undefined {
  const quote = call.text.indexOf('"');
  const head = bytesOfHex(call.text.slice(quote + 1, quote + 1 + 4 * 2048).split('"', 1)[0] ?? '').toString(
    'latin1',
  );
  if (!/^HTTP\/1\.1 2\d\d/.test(head)) return undefined;
  return /\r\nx-request-id: ([^\r]+)/i.exec(head)?.[1];
}

function beginSync({ disk, descriptors, syncs }: State, call: Call): void {
  const node = descriptors.get(firstNumber(call))?.node;
  if (call.name === 'sync' || (call.name === 'syncfs' && disk.holds(call.path)))
    syncs.set(call, disk.beginSync(disk.all()));
  else if (node) syncs.set(call, disk.beginSync([node]));
  else if (disk.holds(call.path)) throw new Error(`${call.name} of ${call.path}, whose opening was not seen`);
}

const firstNumber = (call: Call): number => Number(/^-?\d+/.exec(call.text)?.[0] ?? NaN);

/** A call's paths; a relative one is below the folder that strace shows for its descriptor. */
function pathsOf(call: Call): string[] {
  const found: string[] = [];
  const pattern = /(?:AT_FDCWD|\d+)?(?:<([^>]*)>)?(?:, )?"([^"]*)"/g;
  for (const [, folder = '', path = ''] of call.text.matchAll(pattern))
    found.push(resolve(unhex(folder) || '/', unhex(path)));
  return found;
}

function apply(state: State, call: Call): void {
  if (call.result.startsWith('-1') || call.result === '?') return;
  const { disk, descriptors } = state;
  switch (call.name) {
    case 'close':
      descriptors.delete(firstNumber(call));
      return;
    case 'dup':
    case 'dup2':
    case 'dup3':
    case 'fcntl':
      if (descriptors.has(firstNumber(call)) && call.name === 'fcntl' && !/F_DUPFD/.test(call.text)) return;
      if (descriptors.has(firstNumber(call))) throw new Error(`${call.name} of ${call.path} is not replayed`);
      return;
    case 'open':
    case 'openat':
    case 'creat':
      open(state, call);
      return;
    case 'write':
    case 'writev':
    case 'pwrite64':
    case 'pwritev':
    case 'pwritev2':
      write(state, call);
      return;
    case 'ftruncate':
    case 'fallocate': {
      const node = descriptors.get(firstNumber(call))?.node;
      if (node?.kind !== 'file') return;
      const numbers = call.text.split(', ').slice(1).map(Number);
      const [mode = 0, offset = 0, length = 0] = numbers;
      if (call.name === 'ftruncate') disk.resize(node, mode);
      else if (mode !== 0) throw new Error('fallocate with a mode is not replayed');
      else if (offset + length > node.size) disk.resize(node, offset + length);
      return;
    }
    case 'copy_file_range':
    case 'sendfile':
    case 'splice':
      if (disk.holds(call.path)) throw new Error(`${call.name} of ${call.path} is not replayed`);
      return;
    default:
      changeNames(state, call);
  }
}

function changeNames({ disk }: State, call: Call): void {
  const [first = '', second = ''] = pathsOf(call);
  if (!disk.holds(first) && !disk.holds(second)) return;
  switch (call.name) {
    case 'mkdir':
    case 'mkdirat':
      disk.makeFolder(first);
      return;
    case 'unlink':
    case 'unlinkat':
    case 'rmdir':
      disk.remove(first);
      return;
    case 'rename':
    case 'renameat':
    case 'renameat2':
      disk.rename(first, second);
      return;
    case 'link':
    case 'linkat':
      disk.link(first, second);
      return;
    case 'sync_file_range':
      return;
    default:
      throw new Error(`${call.name} of ${first} is not replayed`);
  }
}

function open({ disk, descriptors }: State, call: Call): void {
  const [, number, shown = ''] = /^(\d+)<([^>]*)>/.exec(call.result) ?? [];
  const path = unhex(shown);
  if (!disk.holds(path)) return void descriptors.delete(Number(number));
  if (/O_D?SYNC|O_TMPFILE/.test(call.text))
    throw new Error(`${path}: its flags are not replayed: ${call.text}`);
  const isNew = call.name === 'creat' || /O_CREAT/.test(call.text);
  const truncate = call.name === 'creat' || /O_TRUNC/.test(call.text);
  const node = isNew || truncate ? disk.openFile(path, { truncate }) : disk.find(path);
  if (!node) throw new Error(`${path} was opened, but its making was not seen`);
  descriptors.set(Number(number), { node, position: 0, append: /O_APPEND/.test(call.text) });
}

function write({ disk, descriptors }: State, call: Call): void {
  const descriptor = descriptors.get(firstNumber(call));
  if (!descriptor) {
    if (disk.holds(call.path)) throw new Error(`${call.name} to ${call.path}, whose opening was not seen`);
    return;
  }
  const { node } = descriptor;
  if (node.kind !== 'file') throw new Error(`${call.name} to a folder`);
  if (/RWF_D?SYNC/.test(call.text)) throw new Error('a synced write is not replayed');
  const written = Number(call.result);
  const bytes = Buffer.concat(stringsOf(call)).subarray(0, written);
  const isAt = call.name.startsWith('p');
  // pwrite64(fd, "...", count, offset), pwritev(fd, [...], count, offset), pwritev2 with flags after that
  const last = call.name === 'pwritev2' ? /, (\d+), \w+$/ : /, (\d+)$/;
  const offset = isAt ? Number(last.exec(call.text)?.[1]) : NaN;
  const at = isAt ? offset : descriptor.append ? node.size : descriptor.position;
  if (!Number.isSafeInteger(at) || bytes.length !== written)
    throw new Error(`${call.name} to ${call.path} cannot be read: ${call.text.slice(-80)}`);
  disk.write(node, at, bytes);
  if (!isAt) descriptor.position = at + written;
}
