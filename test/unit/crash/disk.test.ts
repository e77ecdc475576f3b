import { describe, expect, it } from 'vitest';
import { chanceOf } from '#test/crash/chance.ts';
import { Disk, type Node } from '#test/crash/disk.ts';
import { recorder, replay } from '#test/crash/replay.ts';

function sync(disk: Disk, ...paths: readonly string[]): void {
  const nodes = paths.map((path) => disk.find(path)).filter((node): node is Node => node !== undefined);
  disk.beginSync(nodes)(true);
}

function write(disk: Disk, path: string, text: string): void {
  const node = disk.openFile(path, { truncate: false });
  if (node.kind === 'file') disk.write(node, 0, Buffer.from(text));
}

const left = (disk: Disk): Record<string, string> =>
  Object.fromEntries([...disk.survivors()].map(([path, bytes]) => [path, bytes?.toString() ?? '/']));

describe('the disk that keeps only what was synced', () => {
  it('keeps a file whose bytes and name were', () => {
    const disk = new Disk('/d');
    write(disk, '/d/f', 'abc');
    expect(left(disk)).toEqual({});
    sync(disk, '/d/f');
    expect(left(disk)).toEqual({});
    sync(disk, '/d');
    expect(left(disk)).toEqual({ f: 'abc' });
  });

  it('keeps an empty file where only the name was', () => {
    const disk = new Disk('/d');
    write(disk, '/d/f', 'abc');
    sync(disk, '/d');
    expect(left(disk)).toEqual({ f: '' });
  });

  it('keeps a renamed file under its old name until the new folder is synced', () => {
    const disk = new Disk('/d');
    disk.makeFolder('/d/to');
    write(disk, '/d/f', 'abc');
    sync(disk, '/d/f', '/d');
    disk.rename('/d/f', '/d/to/g');
    expect(left(disk)).toEqual({ f: 'abc', to: '/' });
    sync(disk, '/d/to');
    expect(left(disk)).toEqual({ f: 'abc', to: '/', 'to/g': 'abc' });
    sync(disk, '/d');
    expect(left(disk)).toEqual({ to: '/', 'to/g': 'abc' });
  });

  it('counts a sync only for what was written before it began', () => {
    const disk = new Disk('/d');
    write(disk, '/d/f', 'abc');
    sync(disk, '/d');
    const file = disk.find('/d/f');
    if (file?.kind !== 'file') throw new Error('no file');
    const end = disk.beginSync([file]);
    disk.write(file, 3, Buffer.from('def'));
    end(true);
    expect(left(disk)).toEqual({ f: 'abc' });
  });

  it('loses for good what a failed sync was to write', () => {
    const disk = new Disk('/d');
    write(disk, '/d/f', 'abc');
    sync(disk, '/d');
    const file = disk.find('/d/f');
    disk.beginSync(file ? [file] : [])(false);
    sync(disk, '/d/f');
    expect(left(disk)).toEqual({ f: '' });
  });

  it('may keep some of the rest, but never other bytes', () => {
    const disk = new Disk('/d');
    write(disk, '/d/f', 'abc');
    const seen = new Set(
      Array.from({ length: 50 }, (_, seed) => JSON.stringify([...disk.survivors(chanceOf(seed))])),
    );
    expect(seen.size).toBe(3);
  });
});

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

describe('a trace that is replayed', () => {
  const trace = [
    `7 mkdir("${hex('/d/a')}", 0700) = 0`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/d/a/f')}", O_RDWR|O_CREAT, 0644) = 5<${hex('/d/a/f')}>`,
    `7 pwrite64(5<${hex('/d/a/f')}>, "${hex('hello')}", 5, 0) = 5`,
    `8 fdatasync(5<${hex('/d/a/f')}> <unfinished ...>`,
    `7 writev(5<${hex('/d/a/f')}>, [{iov_base="${hex('HE')}", iov_len=2}, {iov_base="${hex('L')}", iov_len=1}], 2) = 3`,
    '8 <... fdatasync resumed>) = 0',
    `9 write(6<${hex('socket:[1]')}>, "${hex('HTTP/1.1 201 Created\r\nx-request-id: op-1\r\n')}", 44) = 44`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/d/a')}", O_RDONLY) = 7<${hex('/d/a')}>`,
    `7 fsync(7<${hex('/d/a')}>) = 0`,
    `7 openat(AT_FDCWD<${hex('/')}>, "${hex('/d')}", O_RDONLY) = 8<${hex('/d')}>`,
    `7 fsync(8<${hex('/d')}>) = 0`,
  ].join('\n');

  it('cuts before each sync that succeeded and tells what was answered by then', () => {
    const cuts: unknown[] = [];
    replay(trace, '/d', ({ disk, answered }, what) => cuts.push([what, [...answered], left(disk)]));
    expect(cuts).toEqual([
      ['fdatasync /d/a/f', [], {}],
      ['fsync /d/a', ['op-1'], {}],
      ['fsync /d', ['op-1'], {}],
      ['the end', ['op-1'], { a: '/', 'a/f': 'hello' }],
    ]);
  });

  it('loses what a failed sync was to write', () => {
    const failing = trace.replace(
      /fsync\(7(.*)\) = 0/,
      'fsync(7$1) = -1 EIO (Input/output error) (INJECTED)',
    );
    expect(left(replay(failing, '/d', () => {}).disk)).toEqual({ a: '/' });
  });

  it('is refused where it changes files in a way that is not followed', () => {
    const strange = `7 copy_file_range(5<${hex('/d/f')}>, NULL, 6<${hex('/d/g')}>, NULL, 9, 0) = 9`;
    expect(() => replay(strange, '/d', () => {})).toThrow(/not replayed/);
    const late = `7 write(9<${hex('/d/f')}>, "${hex('x')}", 1) = 1`;
    expect(() => replay(late, '/d', () => {})).toThrow(/not seen/);
  });

  it('is recorded with every call that it follows', () => {
    expect(recorder('/t').join(' ')).toMatch(/openat.*pwrite64.*fdatasync.*renameat2/);
  });
});
