import { start, type Running } from './process.ts';

/** A system call in a trace by `strace -f -y`. */
export interface Call {
  readonly name: string;
  /** What its first argument, a descriptor, stands for; empty when it is none. */
  readonly path: string;
  /** Its arguments as strace prints them. */
  readonly text: string;
  /** What it gave back, as strace prints it; empty when the trace ends before the call does. */
  readonly result: string;
}

/** A call begins to have its effect at the one and has had all of it at the other. */
export interface TraceEvent {
  readonly at: 'begin' | 'end';
  readonly call: Call;
}

/** The beginnings and ends of a trace's calls in their order. The two of a call hold the same object. */
export function* readTrace(text: string): Generator<TraceEvent, void, undefined> {
  const unfinished = new Map<string, { name: string; path: string; text: string; result: string }>();
  for (const line of linesOf(text)) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      const call = parseCall(rest.slice(0, -'<unfinished ...>'.length).trimEnd());
      if (!call) continue;
      unfinished.set(thread, call);
      yield { at: 'begin', call };
    } else if (rest.startsWith('<... ')) {
      const call = unfinished.get(thread);
      unfinished.delete(thread);
      if (!call) continue;
      // The rest of the arguments stands between `resumed>` and the result.
      const more = parseRest(rest.slice(rest.indexOf('resumed>') + 'resumed>'.length));
      call.text += more.text;
      call.result = more.result;
      yield { at: 'end', call };
    } else {
      const call = parseCall(rest);
      if (!call) continue;
      yield { at: 'begin', call };
      yield { at: 'end', call };
    }
  }
}

/** The calls of a trace in the order in which they ended; a write to a socket counts from its beginning on. */
export function parseTrace(text: string): readonly Call[] {
  const calls: Call[] = [];
  for (const { at, call } of readTrace(text)) {
    // What is synced after a reply was begun came too late.
    if (at === (isReply(call) ? 'begin' : 'end')) calls.push(call);
  }
  return calls;
}

/** Whether the call writes to a socket. */
export function isReply(call: Call): boolean {
  return /^(write|writev|sendto|sendmsg)$/.test(call.name) && /^(socket|TCP)/.test(call.path);
}

function* linesOf(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    yield text.slice(from, end < 0 ? text.length : end);
    if (end < 0) return;
    from = end + 1;
  }
}

function parseCall(line: string): { name: string; path: string; text: string; result: string } | undefined {
  const [, name] = /^(\w+)\(/.exec(line) ?? [];
  if (name === undefined) return undefined;
  const { text, result } = parseRest(line.slice(name.length + 1));
  return { name, path: unhex(/^\d+<([^>]*)>/.exec(text)?.[1] ?? ''), text, result };
}

function parseRest(text: string): { text: string; result: string } {
  const mark = text.lastIndexOf(') ');
  const result = mark < 0 ? undefined : /^\)\s+= (.*)$/s.exec(text.slice(mark))?.[1];
  return result === undefined ? { text, result: '' } : { text: text.slice(0, mark), result };
}

/** The text that `strace -xx` wrote as \x62\x79...; other text stays as it is. */
export function unhex(text: string): string {
  return text.startsWith('\\x') ? bytesOfHex(text).toString() : text;
}

/** The bytes of a string that `strace -xx` printed. */
export function bytesOfHex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}

/** The bytes of the call's strings, in their order; throws where strace cut one off, or did not print it in hex. */
export function stringsOf(call: Call): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let from = call.text.indexOf('"'); from >= 0; from = call.text.indexOf('"', from)) {
    const end = call.text.indexOf('"', from + 1);
    if (end < 0 || call.text.startsWith('...', end + 1))
      throw new Error(`${call.name}: a string was cut off`);
    const hex = call.text.slice(from + 1, end);
    if (hex !== '' && !hex.startsWith('\\x')) throw new Error(`${call.name}: a string is not in hex`);
    found.push(bytesOfHex(hex));
    from = end + 1;
  }
  return found;
}

/** Attaches strace to a running process, all its threads; resolves once it looks. `dispose` lets go of the process. */
export function attachStrace(pid: number, args: readonly string[]): Promise<Running> {
  return start('strace', ['-f', ...args, '-p', String(pid)], { ready: (output) => /attached/.test(output) });
}
