import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The process and all below it: a server's workers count as the server. */
export function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/\) \S (\d+) /.exec(read(`/proc/${name}/stat`))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree: number[] = [];
  const visit = (each: number): void => {
    tree.push(each);
    for (const child of children.get(each) ?? []) visit(child);
  };
  visit(pid);
  return tree;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended in between.
    return '';
  }
}

function sum(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const pattern = new RegExp(`${field}:\\s+(\\d+) kB`);
  const kilobytes = processTree(pid).map((each) =>
    Number(pattern.exec(read(`/proc/${each}/status`))?.[1] ?? 0),
  );
  return kilobytes.reduce((total, value) => total + value, 0) * 1024;
}

/** Resident memory of the process and all below it, in bytes. */
export const residentBytes = (pid: number): number => sum(pid, 'VmRSS');

/** The most that was resident since the start or the last {@link forgetPeak}, in bytes, of each process added up. */
export const peakBytes = (pid: number): number => sum(pid, 'VmHWM');

/** Begins the peak anew (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  for (const each of processTree(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5');
}
