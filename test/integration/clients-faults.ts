import { expect, it } from 'vitest';
import { makeBallastImage } from '#test/support/image.ts';
import type { RunResult } from '#test/support/process.ts';
import { readImage } from '#test/support/registry-client.ts';
import { ballastBytes, expectSuccess, type Seat } from './clients-seat.ts';

/**
 * Where the line breaks: in the middle of one of regctl's chunks of 1 MiB. (Near the end of one regctl goes on in chunks
 * of what was left of it, be it a hundred bytes.)
 */
const breakAt = 2.5 * (1 << 20);

/** A client that asks for the rest carries the blob once, and what was on its way when the line broke. */
const once = ballastBytes * 1.35;

/** What each client does when the line breaks in the middle of a blob: some resume, some begin anew, none may end torn. */
export function defineFaults(seat: Seat): void {
  const { kind, ground, client, repository, nameOf, login } = seat;
  /** Again by hand, as its user would, where the client itself gives up. */
  const untilDone = async (work: () => Promise<RunResult>): Promise<RunResult> => {
    const first = await work();
    return first.code === 0 ? first : work();
  };

  const pulling = kind.resumes.includes('pull');
  it(`${pulling ? 'goes on with' : 'pulls anew'} a blob after the line broke`, async () => {
    const name = nameOf(repository('app'));
    await seat.withSecondStore(async (second) => {
      await login(ground().guest, second);
      const broke = ground().line.breakOnce('down', breakAt);
      const { result, carried } = await seat.measure(() =>
        pulling ? second.pull(name) : untilDone(() => second.pull(name)),
      );
      expect(broke.happened()).toBe(true);
      expectSuccess(result);
      if (pulling) expect(carried.down).toBeLessThan(once);
      expect(await second.identify(name)).toBe(await client().identify(name));
    });
  });

  const pushing = kind.resumes.includes('push');
  it(`${pushing ? 'goes on with' : 'begins anew'} an upload after the line broke`, async () => {
    const name = nameOf(repository('broken'));
    const image = await makeBallastImage(ballastBytes);
    try {
      await client().load(image, name);
      await login(ground().developer);
      const broke = ground().line.breakOnce('up', breakAt);
      const { result, carried } = await seat.measure(() =>
        pushing ? client().push(name) : untilDone(() => client().push(name)),
      );
      expect(broke.happened()).toBe(true);
      expectSuccess(result);
      if (pushing) expect(carried.up).toBeLessThan(once);
      const stored = await readImage(ground().developer, repository('broken'), '1.0');
      expect(stored.parts).toHaveLength(4);
    } finally {
      await image.dispose();
    }
  });

  if (pushing)
    it('goes on with an upload from the 416 to a chunk whose acknowledgement was lost', async () => {
      const name = nameOf(repository('unheard'));
      const image = await makeBallastImage(ballastBytes);
      try {
        await client().load(image, name);
        const lost = ground().line.loseReplyOnce(breakAt);
        const { result, carried } = await seat.measure(() => client().push(name));
        expect(lost.happened()).toBe(true);
        expectSuccess(result);
        expect(carried.up).toBeLessThan(once);
        await readImage(ground().developer, repository('unheard'), '1.0');
      } finally {
        await image.dispose();
      }
    });
}
