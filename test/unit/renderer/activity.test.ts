import { describe, expect, test } from 'vitest';
import { estimatePace } from '#renderer/activity/pace.ts';
import { type ActivityContext, type ActivitySpec, ActivityStore } from '#renderer/activity/store.ts';

/** A piece of work that the test ends by hand. */
function work(fields: Partial<ActivitySpec> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const seen: { context?: ActivityContext } = {};
  const spec: ActivitySpec = {
    title: () => 'work',
    unit: 'bytes',
    total: 100,
    run: (context) => {
      seen.context = context;
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
      return promise;
    },
    ...fields,
  };
  return { spec, resolve, reject, seen };
}

const states = (store: ActivityStore): string[] => store.list().map((activity) => activity.state);

describe('long work', () => {
  test('what is reported shows, and its end is told once', async () => {
    const store = new ActivityStore();
    const ends: string[] = [];
    store.onEnd((activity) => ends.push(activity.state));
    const one = work();
    const handle = store.start(one.spec);
    one.seen.context?.report({ done: 40, detail: () => 'base.tar' });
    expect(states(store)).toEqual(['running']);
    one.resolve();
    expect(await handle.ended).toMatchObject({ state: 'done', done: 40, total: 100 });
    expect(ends).toEqual(['done']);
  });

  test('the second of a queue waits for the first, another queue does not', async () => {
    const store = new ActivityStore();
    const first = work({ queue: 'imports' });
    const second = work({ queue: 'imports' });
    const other = work({ queue: 'deletions' });
    const handle = store.start(first.spec);
    store.start(second.spec);
    store.start(other.spec);
    expect(states(store)).toEqual(['running', 'waiting', 'running']);
    first.reject(new Error('refused'));
    expect((await handle.ended).error).toEqual(new Error('refused'));
    await Promise.resolve();
    expect(states(store)).toEqual(['running', 'running', 'failed']);
  });

  test('one that waits never starts when it is stopped, a running one is told and ends stopped', async () => {
    const store = new ActivityStore();
    const running = work({ queue: 'imports' });
    const waiting = work({ queue: 'imports' });
    const handle = store.start(running.spec);
    const second = store.start(waiting.spec);
    second.stop();
    expect((await second.ended).state).toBe('stopped');
    handle.stop();
    expect((await handle.ended).state).toBe('stopped');
    expect(waiting.seen.context).toBeUndefined();
    expect(states(store)).toEqual(['stopped', 'stopped']);
  });

  test('a failed one may be started again and takes its own place; what has ended can be forgotten', async () => {
    const store = new ActivityStore();
    let tries = 0;
    const spec = work({
      run: () => (++tries === 1 ? Promise.reject(new Error('no')) : Promise.resolve()),
    }).spec;
    const handle = store.start(spec);
    await handle.ended;
    store.repeat(handle.id);
    expect(tries).toBe(2);
    expect(states(store)).toHaveLength(1);
    await Promise.resolve();
    store.forgetEnded();
    expect(states(store)).toEqual([]);
  });

  test('signing out stops and forgets everything', async () => {
    const store = new ActivityStore();
    const one = work();
    const handle = store.start(one.spec);
    const ends: string[] = [];
    store.onEnd((activity) => ends.push(activity.state));
    store.clear();
    expect(store.list()).toEqual([]);
    expect((await handle.ended).state).toBe('stopped');
    expect(ends).toEqual([]);
  });

  test('the list stays bounded, and nothing that runs falls out of it', async () => {
    const store = new ActivityStore();
    store.start(work().spec);
    for (let at = 0; at < 60; at += 1) await store.start(work({ run: () => Promise.resolve() }).spec).ended;
    await Promise.resolve();
    expect(store.list()).toHaveLength(51);
    expect(states(store).at(-1)).toBe('running');
  });
});

describe('the pace', () => {
  test('is unknown in the first second, then a rate and the time that is left', () => {
    expect(estimatePace([{ at: 0, done: 0 }], 100)).toBeNull();
    const samples = [
      { at: 0, done: 0 },
      { at: 2000, done: 50 },
    ];
    expect(estimatePace(samples, 100)).toEqual({ perSecond: 25, leftMs: 2000 });
    expect(estimatePace(samples, null)).toEqual({ perSecond: 25, leftMs: null });
  });

  test('gives no end to what stands still', () => {
    const samples = [
      { at: 0, done: 50 },
      { at: 5000, done: 50 },
    ];
    expect(estimatePace(samples, 100)).toEqual({ perSecond: 0, leftMs: null });
  });
});
