import { expect } from 'vitest';
import type { Credentials, TestRequest, TestServer } from '#test/support/server.ts';
import { API } from './people.ts';

/** What several people do at the same moment, and what may come of it. */
export interface AtOnce {
  /** The operations of Harbor that this covers: `METHOD /path`. */
  readonly covers: readonly string[];
  readonly says: string;
  /** How many of the requests succeed: exactly so many, or at least one. */
  readonly succeed: number | 'all' | 'some';
  /** What the others are answered. */
  readonly otherwise: readonly number[];
  /** Makes what is needed and resolves to the requests; `name` is new in each round. */
  prepare(world: Crowd, name: string): Promise<readonly TestRequest[]>;
  /** What must hold afterwards. */
  after?(world: Crowd, name: string): Promise<void>;
}

export interface Crowd {
  readonly server: TestServer;
  /** Lets time go by, so that no lock of a failed sign-in is in the way of the next one. */
  readonly wait: (milliseconds: number) => void;
  /** A second system administrator. */
  readonly second: Credentials;
  /** What earlier steps of a case made: ids by name. */
  readonly ids: Map<string, number>;
}

/** The same request by both administrators in turn. */
export function byBoth(world: Crowd, request: TestRequest, times = 4): TestRequest[] {
  return Array.from({ length: times }, (_, index) => ({
    ...request,
    as: index % 2 === 0 ? 'admin' : world.second,
  }));
}

/** One request each, by both in turn. */
export function each(world: Crowd, requests: readonly TestRequest[]): TestRequest[] {
  return requests.map((request, index) => ({ ...request, as: index % 2 === 0 ? 'admin' : world.second }));
}

/** What the administrator reads there. */
export async function read<T>(world: Crowd, path: string): Promise<T> {
  const reply = await world.server.inject({ url: `${API}${path}`, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<T>();
}

/** Makes it as the administrator and resolves to its id. */
export async function make(world: Crowd, path: string, payload: object): Promise<number> {
  const reply = await world.server.inject({ method: 'POST', url: `${API}${path}`, as: 'admin', payload });
  expect([200, 201], reply.body).toContain(reply.statusCode);
  return Number(
    String(reply.headers.location ?? '')
      .split('/')
      .at(-1),
  );
}
