import * as actions from './actions.ts';
import { blobOf, chanceOf, type Chance } from './chance.ts';
import type { Client } from './actions.ts';
import type { Connection } from './connection.ts';
import type { World } from './world.ts';

export interface Workload {
  /** Call right before the server is killed: what breaks from now on is no surprise. Resolves when all clients are done. */
  readonly stop: () => Promise<void>;
  /** Resolves when every client has done its number of actions. */
  readonly finished: Promise<unknown>;
}

export interface WorkloadOptions {
  readonly connection: Connection;
  readonly seed: number;
  /** Tells this run's content from that of others of the same seed. */
  readonly round: number;
  readonly clients: number;
  /** Bytes of the largest blob. */
  readonly largest: number;
  /** Each client's number of actions; without it they go on until they are stopped. */
  readonly actions?: number;
}

type Act = (client: Client, repository: string) => Promise<unknown>;

/** The blob that every client pushes at about the same time: its content changes a few times a round. */
const shared = (round: number, phase: number, size: number): ReturnType<typeof blobOf> =>
  blobOf(`shared ${round} ${phase}`, size);

/** What a client may do, each as often as its number says. */
function repertoire(options: WorkloadOptions, phase: () => number): readonly (readonly [number, Act])[] {
  const { round, largest } = options;
  const fresh = (client: Client, size: number): ReturnType<typeof blobOf> => blobOf(client.freshName(), size);
  const small = (chance: Chance): number => (chance.happens(0.1) ? 0 : chance.below(8_000));
  const medium = (chance: Chance): number => 1 + chance.below(300_000);
  const large = (chance: Chance): number => Math.floor(largest / 4) + chance.below(Math.ceil(largest * 0.75));
  const pushShared: Act = (client, repository) =>
    client.chance.pick([actions.pushByPost, actions.pushByPut, actions.pushInChunks])(
      client,
      repository,
      shared(round, phase(), largest / 8),
    );
  return [
    [5, (client, name) => actions.pushByPost(client, name, fresh(client, small(client.chance)))],
    [4, (client, name) => actions.pushByPut(client, name, fresh(client, medium(client.chance)))],
    [3, (client, name) => actions.pushInChunks(client, name, fresh(client, medium(client.chance)))],
    [1, (client, name) => actions.pushByPut(client, name, fresh(client, large(client.chance)))],
    [1, (client, name) => actions.pushInChunks(client, name, fresh(client, large(client.chance)))],
    [2, (client, name) => actions.pushSlowly(client, name, fresh(client, large(client.chance)))],
    [5, pushShared],
    [2, actions.leaveOpen],
    [3, actions.mount],
    [7, actions.pushImage],
    [4, actions.pushAgain],
    [1, actions.pushIndex],
    [2, actions.deleteTag],
    [2, actions.deleteManifest],
    [2, actions.deleteBlob],
  ];
}

/** Starts clients that push, mount, move and delete at once, each by its own chain of random choices. */
export function startWorkload(world: World, options: WorkloadOptions): Workload {
  const { connection, seed, round } = options;
  let stopped = false;
  let acts = 0;
  const table = repertoire(options, () => Math.floor(acts / (options.clients * 4)));
  const weighted = table.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));

  async function work(number: number): Promise<void> {
    const chance = chanceOf(seed, round, number);
    let made = 0;
    const freshName = (): string => `content ${seed} ${round} ${number} ${(made += 1)}`;
    const client = { world, connection, chance, freshName };
    for (let done = 0; !stopped && done < (options.actions ?? Infinity); done += 1) {
      acts += 1;
      const [act, repository] = [chance.pick(weighted), chance.pick(world.repositories)];
      try {
        await act(client, repository);
      } catch (error) {
        if (!stopped)
          world.surprises.push(`client ${number}: ${String(error)} ${String((error as Error).cause)}`);
        return;
      }
    }
  }
  const all = Promise.all(Array.from({ length: options.clients }, (_, number) => work(number)));
  return {
    finished: all,
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}
