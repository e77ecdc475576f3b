/** A system call in a trace by `strace -f -y`. */
export interface Call {
  readonly name: string;
  /** What its first argument, a descriptor, stands for; empty when it is none. */
  readonly path: string;
  /** Its arguments as strace prints them. */
  readonly text: string;
}

/** The calls of a trace in the order in which they ended; a write to a socket counts from its beginning on. */
export function parseTrace(text: string): readonly Call[] {
  const unfinished = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of text.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      // What is synced after a reply was begun came too late.
      if (/^(write|writev)\(\d+<(socket|TCP)/.test(rest)) calls.push(...parseCall(rest));
      else unfinished.set(thread, rest);
    } else if (rest.startsWith('<... ')) {
      calls.push(...parseCall(unfinished.get(thread) ?? ''));
      unfinished.delete(thread);
    } else calls.push(...parseCall(rest));
  }
  return calls;
}

function parseCall(text: string): readonly Call[] {
  const [, name, rest = ''] = /^(\w+)\((.*)$/.exec(text) ?? [];
  if (name === undefined) return [];
  return [{ name, path: /^\d+<([^>]*)>/.exec(rest)?.[1] ?? '', text: rest }];
}
