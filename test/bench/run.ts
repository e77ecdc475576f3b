import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { cpus } from 'node:os';
import autocannon from 'autocannon';
import { digestOf } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { startBerth } from '#test/support/berth.ts';
import { startDockerRegistry } from '#test/support/docker-registry.ts';

// `npm run bench`: Berth and a peer on the same machine, in turn, over loopback, each with a fresh folder. Numbers are
// kept in docs/performance.md; nothing here passes or fails.
const REPOSITORY = 'library/bench';
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 5);
const CONNECTIONS = 8;

interface Target {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  /** Authorization for the benchmark's repository. */
  readonly authorization?: string;
}
type Row = Readonly<Record<string, string | number>>;

function headersOf(target: Target): Record<string, string> {
  return target.authorization === undefined ? {} : { authorization: target.authorization };
}

interface Body {
  readonly bytes: Buffer;
  readonly type?: string;
}

async function send(target: Target, method: string, path: string, body?: Body): Promise<Response> {
  const type = { 'content-type': body?.type ?? 'application/octet-stream' };
  const init = body
    ? { body: new Uint8Array(body.bytes), headers: { ...headersOf(target), ...type } }
    : { headers: headersOf(target) };
  const reply = await fetch(new URL(path, target.origin), { method, ...init });
  if (!reply.ok) throw new Error(`${target.name}: ${method} ${path}: ${reply.status} ${await reply.text()}`);
  return reply;
}

/** POST, then one PUT with the whole blob: what containerd and Docker 29 do. */
async function pushBlob(target: Target, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const started = await send(target, 'POST', `/v2/${REPOSITORY}/blobs/uploads/`);
  const location = new URL(started.headers.get('location') ?? '', target.origin);
  location.searchParams.set('digest', digest);
  await send(target, 'PUT', location.href, { bytes });
  return digest;
}

async function pushManifest(target: Target, tag: string): Promise<void> {
  const config = Buffer.from('{}');
  const layer = Buffer.from('layer');
  for (const blob of [config, layer]) await pushBlob(target, blob);
  const describe = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(OCI_CONFIG, config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await send(target, 'PUT', `/v2/${REPOSITORY}/manifests/${tag}`, { bytes, type: OCI_MANIFEST });
}

async function getRate(target: Target, path: string): Promise<string> {
  const result = await autocannon({
    url: `${target.origin}${path}`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: { accept: OCI_MANIFEST, ...headersOf(target) },
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${target.name}: ${path}: ${result.non2xx} refusals, ${result.errors} errors`);
  return `${Math.round(result.requests.average)}/s, p99 ${result.latency.p99} ms`;
}

function download(target: Target, path: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(new URL(path, target.origin), { agent, headers: headersOf(target) }, (reply) => {
      let size = 0;
      reply.on('data', (chunk: Buffer) => (size += chunk.byteLength));
      reply.on('end', () => resolve(size));
      reply.on('error', reject);
    });
    request.on('error', reject);
  });
}

/** Whole blobs to several clients at once; autocannon takes large bodies too slowly to measure a server by them. */
async function blobRate(target: Target, path: string, sizeBytes: number): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + SECONDS * 1000;
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      const size = await download(target, path, agent);
      if (size !== sizeBytes) throw new Error(`${target.name}: ${size} of ${sizeBytes} bytes came back`);
      count++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  return `${Math.round(count / SECONDS)}/s`;
}

/** Distinct small blobs from several clients at once, for a bounded time. */
async function pushRate(target: Target, sizeBytes: number): Promise<string> {
  const end = performance.now() + SECONDS * 1000;
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await pushBlob(target, randomBytes(sizeBytes));
      count++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return `${Math.round(count / SECONDS)}/s`;
}

async function bigBlob(target: Target, mebibytes: number): Promise<{ push: string; pull: string }> {
  const bytes = randomBytes(mebibytes * 1024 * 1024);
  const rate = (ms: number): string => `${Math.round(bytes.byteLength / 1000 / ms)} MB/s`;
  let start = performance.now();
  const digest = await pushBlob(target, bytes);
  const push = rate(performance.now() - start);
  start = performance.now();
  const reply = await send(target, 'GET', `/v2/${REPOSITORY}/blobs/${digest}`);
  let size = 0;
  for await (const chunk of reply.body ?? []) size += (chunk as Uint8Array).byteLength;
  if (size !== bytes.byteLength)
    throw new Error(`${target.name}: ${size} of ${bytes.byteLength} bytes came back`);
  return { push, pull: rate(performance.now() - start) };
}

function residentMegabytes(pid: number): number {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
}

async function measure(target: Target): Promise<Row> {
  await pushManifest(target, 'v1');
  const blob = await pushBlob(target, randomBytes(1024 * 1024));
  const big = await bigBlob(target, 256);
  return {
    registry: target.name,
    'manifest GET': await getRate(target, `/v2/${REPOSITORY}/manifests/v1`),
    '1 MiB blob GET': await blobRate(target, `/v2/${REPOSITORY}/blobs/${blob}`, 1024 * 1024),
    'tags/list': await getRate(target, `/v2/${REPOSITORY}/tags/list`),
    '4 KiB blob push': await pushRate(target, 4096),
    '256 MiB push': big.push,
    '256 MiB pull': big.pull,
    'peak memory MB': residentMegabytes(target.pid),
  };
}

async function measureBerth(): Promise<Row> {
  const berth = await startBerth();
  try {
    const basic = `Basic ${Buffer.from(`admin:${berth.adminPassword}`).toString('base64')}`;
    const reply = await fetch(
      `${berth.origin}/service/token?service=berth&scope=repository:${REPOSITORY}:pull,push`,
      { headers: { authorization: basic } },
    );
    const { token } = (await reply.json()) as { token: string };
    return await measure({
      name: 'Berth (token)',
      origin: berth.origin,
      pid: berth.server.pid,
      authorization: `Bearer ${token}`,
    });
  } finally {
    await berth.dispose();
  }
}

async function measurePeer(): Promise<Row> {
  const peer = await startDockerRegistry();
  try {
    return await measure({ name: 'docker-registry (open)', origin: peer.origin, pid: peer.pid });
  } finally {
    await peer.dispose();
  }
}

console.log(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${SECONDS} s each, ${CONNECTIONS} connections`,
);
console.table([await measureBerth(), await measurePeer()]);
