import { expect } from 'vitest';
import type { Berth } from '#test/support/berth.ts';
import type { Client, ClientKind, Reach } from '#test/support/clients.ts';
import type { TestImage } from '#test/support/image.ts';
import type { Carried, Line } from '#test/support/line.ts';
import type { RunResult } from '#test/support/process.ts';
import type { Registry } from '#test/support/registry-client.ts';

export type Transport = 'http' | 'tls';

/** Enough that a blob sent twice shows in the bytes carried, whatever else is said. */
export const ballastBytes = 6 << 20;

export const said = (result: RunResult): string => `${result.stdout}${result.stderr}`;

export function expectSuccess(result: RunResult): void {
  expect(result.code, said(result)).toBe(0);
}

/** One Berth for all clients, and the line on which they all speak to it. */
export interface Ground {
  readonly berth: Berth;
  readonly line: Line;
  readonly reach: Reach;
  /** The same registry over TLS by a name whose authority the client was not told. */
  readonly distrusted: Reach;
  readonly developer: Registry;
  readonly guest: Registry;
  readonly dispose: () => Promise<void>;
}

/** Where one client sits: what the tests of all operations need. */
export interface Seat {
  readonly kind: ClientKind;
  readonly transport: Transport;
  readonly ground: () => Ground;
  readonly client: () => Client;
  /** An image of `ballastBytes`, of this client alone. */
  readonly image: () => TestImage;
  /** A few hundred bytes for each of three platforms. */
  readonly small: () => TestImage;
  readonly admin: () => Registry;
  /** A repository of this client in the project `harbour`. */
  readonly repository: (name: string) => string;
  /** HOST:PORT/REPOSITORY:TAG */
  readonly nameOf: (repository: string, tag?: string) => string;
  readonly login: (who: Registry, client?: Client) => Promise<RunResult>;
  readonly withSecondStore: (use: (second: Client) => Promise<void>) => Promise<void>;
  /** Runs something; gives back what it returned and the bytes that the line carried for it. */
  readonly measure: (work: () => Promise<RunResult>) => Promise<{ result: RunResult; carried: Carried }>;
}
