import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OCI_MANIFEST } from '#server/lib/media-types.ts';
import { cleanEnv, run } from '#test/support/process.ts';
import { contentMaker } from './content.ts';
import { layoutMaker } from './image.ts';
import { ab, wrk } from './load.ts';
import { openSession, pullBlob, pushBlob, pushImage, pushRate } from './registry.ts';
import { PROJECT, REPOSITORY, settle, type Target } from './targets.ts';

/** What a row may use. */
export interface Bench {
  readonly seconds: number;
  /** For what clients read and write themselves; removed at the end. */
  readonly folder: string;
}

/** One row of the table: the same work on each server, in turn. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly unit: 'per second' | 'GB/s' | 'seconds';
  /** The ratio to docker-registry 2.8.2 that Berth is to reach. */
  readonly atLeast: number;
  /** Puts in what is read; once for each server. */
  readonly prepare?: (target: Target) => Promise<void>;
  /** It writes to the disk, so it has servers of its own, and the disk is left to finish before each measurement. */
  readonly writes: boolean;
  /** Before a round of all servers. */
  readonly beforeRun?: (round: number) => Promise<void>;
  readonly measure: (target: Target, round: number) => Promise<number>;
  /** What the client needs for the same without any registry, where that is much of it. */
  readonly clientAlone?: (round: number) => Promise<number>;
}

const MIB = 1 << 20;
const GIB = 1 << 30;
const BLOBS = 32;

function manifestRows(bench: Bench): Row[] {
  const path = `/v2/${REPOSITORY}/manifests/`;
  const digests = new Map<Target, string>();
  const prepare = async (target: Target): Promise<void> => {
    if (digests.has(target)) return;
    const session = await openSession(target);
    digests.set(target, await pushImage(session, 'v1'));
    session.wire.close();
  };
  const common = { unit: 'per second', prepare, writes: false } as const;
  const load = { seconds: bench.seconds, accept: OCI_MANIFEST };
  const digestOf = (target: Target): string => digests.get(target) ?? '';
  return [
    {
      ...common,
      id: 'manifest-tag',
      title: 'GET manifest by tag, 32 connections (wrk)',
      atLeast: 20,
      measure: (target) => wrk(target, { ...load, connections: 32, paths: [`${path}v1`] }),
    },
    {
      ...common,
      id: 'manifest-digest',
      title: 'GET manifest by digest, 32 connections (wrk)',
      atLeast: 18,
      measure: (target) => wrk(target, { ...load, connections: 32, paths: [`${path}${digestOf(target)}`] }),
    },
    {
      ...common,
      id: 'manifest-head',
      title: 'HEAD manifest, 8 connections (ab -k)',
      atLeast: 18,
      measure: (target) => ab(target, { ...load, connections: 8, paths: [`${path}v1`] }),
    },
  ];
}

function smallBlobRows(bench: Bench): { reads: Row[]; push: Row } {
  const make = contentMaker(MIB);
  const blobs = Array.from({ length: BLOBS }, make);
  const paths = blobs.map((blob) => `/v2/${REPOSITORY}/blobs/${blob.digest}`);
  const prepared = new Set<Target>();
  const prepare = async (target: Target): Promise<void> => {
    if (prepared.has(target)) return;
    prepared.add(target);
    const session = await openSession(target);
    for (const blob of blobs) await pushBlob(session, blob);
    session.wire.close();
  };
  const load = { connections: 8, seconds: bench.seconds };
  const reads: Row[] = [
    {
      id: 'blob-head',
      title: 'HEAD blob, 8 connections (ab -k)',
      unit: 'per second',
      atLeast: 14,
      prepare,
      writes: false,
      measure: (target) => ab(target, { ...load, paths: paths.slice(0, 1) }),
    },
    {
      id: 'blob-get',
      title: `GET 1 MiB blobs, ${BLOBS} of them in turn, 8 connections (wrk)`,
      unit: 'per second',
      atLeast: 5.5,
      prepare,
      writes: false,
      measure: (target) => wrk(target, { ...load, paths }),
    },
  ];
  const push: Row = {
    id: 'blob-push',
    title: 'push distinct 1 MiB blobs (POST, PUT), 8 connections',
    unit: 'per second',
    atLeast: 3,
    measure: (target) => pushRate(target, { ...load, make }),
    writes: true,
  };
  return { reads, push };
}

function bigBlobRows(): { read: Row; push: Row } {
  let make: ReturnType<typeof contentMaker> | undefined;
  const makeBig = () => (make ??= contentMaker(GIB))();
  const stored = new Map<Target, ReturnType<typeof makeBig>>();
  const common = { unit: 'GB/s', atLeast: 1 } as const;
  const speed = (seconds: number): number => GIB / 1e9 / seconds;
  const read: Row = {
    ...common,
    id: 'big-get',
    title: 'GET a 1 GiB blob, one client',
    writes: false,
    prepare: async (target) => {
      const session = await openSession(target);
      const blob = makeBig();
      await pushBlob(session, blob);
      stored.set(target, blob);
      session.wire.close();
      await settle();
    },
    measure: async (target) => {
      const session = await openSession(target);
      const seconds = await pullBlob(session, stored.get(target) ?? makeBig());
      session.wire.close();
      return speed(seconds);
    },
  };
  const push: Row = {
    ...common,
    id: 'big-push',
    title: 'push 1 GiB in one PUT',
    atLeast: 2.8,
    writes: true,
    measure: async (target) => {
      const blob = makeBig();
      const session = await openSession(target);
      const begin = performance.now();
      await pushBlob(session, blob);
      const seconds = (performance.now() - begin) / 1000;
      session.wire.close();
      return speed(seconds);
    },
  };
  return { read, push };
}

const skopeo = (...args: string[]): Promise<string> =>
  run('skopeo', ['--insecure-policy', 'copy', '--quiet', ...args], { env: cleanEnv() });

/** Copies the image to the folder `work` by way of the registry, or straight; gives back the seconds. */
async function copyImage(
  target: Target | undefined,
  at: { source: string; work: string; round: number },
): Promise<number> {
  const name = `docker://${target?.host}/${PROJECT}/copied-${at.round}:v1`;
  const credentials = (end: 'src' | 'dest'): string[] =>
    target?.credentials === undefined ? [`--${end}-no-creds`] : [`--${end}-creds`, target.credentials];
  const begin = performance.now();
  if (target) {
    await skopeo('--dest-tls-verify=false', ...credentials('dest'), at.source, name);
    await skopeo('--src-tls-verify=false', ...credentials('src'), name, `dir:${at.work}`);
  } else await skopeo(at.source, `dir:${at.work}`);
  const seconds = (performance.now() - begin) / 1000;
  rmSync(at.work, { recursive: true, force: true });
  return seconds;
}

function skopeoRow(bench: Bench): Row {
  let make: ReturnType<typeof layoutMaker> | undefined;
  const layout = join(bench.folder, 'layout');
  const place = (round: number) => ({
    source: `oci:${layout}:v${round}`,
    work: join(bench.folder, 'out'),
    round,
  });
  return {
    id: 'skopeo',
    title: 'skopeo copy of a 20-layer, 500 MB image, in and out',
    unit: 'seconds',
    atLeast: 1.5,
    beforeRun: (round) => {
      make ??= layoutMaker();
      rmSync(layout, { recursive: true, force: true });
      make(layout, `v${round}`);
      return Promise.resolve();
    },
    writes: true,
    measure: (target, round) => copyImage(target, place(round)),
    clientAlone: async (round) =>
      (await copyImage(undefined, place(round))) + (await copyImage(undefined, place(round))),
  };
}

/** The rows of the speed table, in its order. */
export function speedRows(bench: Bench): Row[] {
  const small = smallBlobRows(bench);
  const big = bigBlobRows();
  return [...manifestRows(bench), ...small.reads, big.read, small.push, big.push, skopeoRow(bench)];
}
