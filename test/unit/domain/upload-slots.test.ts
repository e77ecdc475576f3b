import { describe, expect, it } from 'vitest';
import { OpenUploads } from '#server/domain/artifacts/open-uploads.ts';
import { createUploadSlots } from '#server/domain/artifacts/upload-slots.ts';
import { manualClock } from '#server/lib/clock.ts';

/** Enters and tells in which order the turns came. */
function line(max: number, maxPerAccount: number) {
  const clock = manualClock();
  const slots = createUploadSlots({ clock, max, maxPerAccount });
  const turns: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = async (name: string, accountId: number): Promise<void> => {
    const left = await slots.enter(accountId);
    turns.push(name);
    leave.set(name, left);
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const end = async (name: string): Promise<void> => {
    leave.get(name)?.();
    await settle();
  };
  return { clock, turns, enter, end, settle };
}

describe('turns of uploads', () => {
  it('are given until all are taken, and then as they become free', async () => {
    const { turns, enter, end, settle } = line(2, 2);
    for (const name of ['a', 'b', 'c']) void enter(name, 1);
    await settle();
    expect(turns).toEqual(['a', 'b']);
    await end('a');
    expect(turns).toEqual(['a', 'b', 'c']);
    // Ending twice frees nothing.
    await end('a');
    void enter('d', 1);
    await settle();
    expect(turns).toEqual(['a', 'b', 'c']);
  });

  it('leave room beside an account that takes all it may', async () => {
    const { turns, enter, end, settle } = line(3, 2);
    for (const name of ['a', 'b', 'c']) void enter(name, 1);
    void enter('other', 2);
    await settle();
    expect(turns).toEqual(['a', 'b', 'other']);
    await end('other');
    expect(turns).toEqual(['a', 'b', 'other']);
    await end('b');
    expect(turns).toEqual(['a', 'b', 'other', 'c']);
  });

  it('go round among the accounts that wait', async () => {
    const { turns, enter, end, settle } = line(1, 1);
    void enter('first', 1);
    for (const name of ['a1', 'a2', 'a3']) void enter(name, 1);
    for (const name of ['b1', 'b2']) void enter(name, 2);
    await settle();
    for (const name of ['first', 'a1', 'b1', 'a2', 'b2', 'a3']) await end(name);
    expect(turns).toEqual(['first', 'a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('are refused after a minute with Retry-After, and the place in the line is given up', async () => {
    const { clock, turns, enter, end, settle } = line(1, 1);
    void enter('a', 1);
    const waiting = enter('b', 1);
    clock.advance(60_000);
    await expect(waiting).rejects.toMatchObject({
      code: 'too_many_requests',
      headers: { 'retry-after': '10' },
    });
    await end('a');
    void enter('c', 2);
    await settle();
    expect(turns).toEqual(['a', 'c']);
  });
});

describe('unfinished uploads of an account', () => {
  it('are counted for every hundredth, and refused from the limit on', async () => {
    let open = 0;
    let counts = 0;
    const uploads = new OpenUploads(250, () => {
      counts++;
      return Promise.resolve(open);
    });
    const begin = async (): Promise<void> => {
      await uploads.admit(1);
      open++;
    };
    for (let index = 0; index < 250; index++) await begin();
    expect(counts).toBe(3);
    await expect(begin()).rejects.toMatchObject({ code: 'too_many_requests' });
    open -= 10;
    await begin();
  });

  it('stay below the limit when all begin at once', async () => {
    const uploads = new OpenUploads(70, () => Promise.resolve(0));
    let refused = 0;
    let counted = 0;
    const strict = new OpenUploads(70, () => Promise.resolve(counted++ === 0 ? 0 : 70));
    await Promise.all(Array.from({ length: 70 }, () => uploads.admit(1)));
    await Promise.all(Array.from({ length: 100 }, () => strict.admit(2).catch(() => void refused++)));
    expect(refused).toBe(30);
  });
});
