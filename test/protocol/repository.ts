import { locationOf, withQuery, type RegistryClient } from './client.ts';
import type { Content, Image, PushedManifest } from './content.ts';
import { expectStatus } from './expect.ts';
import { header, type Reply } from './transport.ts';

/** One repository of the registry under test, and the usual ways into it. */
export interface Repository {
  readonly name: string;
  readonly uploads: string;
  blob(digest: string): string;
  manifest(reference: string): string;
  tags(query?: string): string;
  referrers(digest: string, query?: string): string;
  /** Begins an upload; gives back its path. Throws unless it is answered 202. */
  start(query?: string): Promise<string>;
  patch(path: string, body: Buffer, options?: PatchOptions): Promise<Reply>;
  /** A PATCH that must be taken (202); gives back the path that came with it, where the next request goes. */
  append(path: string, body: Buffer, options?: PatchOptions): Promise<string>;
  /** The closing PUT; the digest is added to the path. */
  finish(path: string, digest: string, body?: Buffer, headers?: Headers): Promise<Reply>;
  /** POST and PUT; throws unless the registry takes it. */
  push(blob: Content): Promise<Content>;
  put(reference: string, manifest: PushedManifest, headers?: Headers): Promise<Reply>;
  /** Blobs and the manifest, under a tag or its digest; throws unless all is taken. */
  pushImage(reference: string, image: Image): Promise<Image>;
  /** Deletes manifests, whatever the answer, so that a second run finds the repository small. */
  tidy(...references: readonly string[]): Promise<void>;
}

type Headers = Readonly<Record<string, string>>;

export interface PatchOptions {
  /** Sets Content-Range to begin here. */
  readonly at?: number;
  readonly headers?: Headers;
  /** Sends it chunked, in that many pieces. */
  readonly chunks?: number;
}

const OCTETS: Headers = { 'content-type': 'application/octet-stream' };

/** `Content-Range` of a chunk as the distribution spec writes it: first and last byte. */
export function rangeOf(at: number, length: number): Headers {
  return { 'content-range': `${at}-${at + length - 1}` };
}

export function createRepository(client: RegistryClient, name: string): Repository {
  const base = `/v2/${name}`;
  const repository: Repository = {
    name,
    uploads: `${base}/blobs/uploads/`,
    blob: (digest) => `${base}/blobs/${digest}`,
    manifest: (reference) => `${base}/manifests/${reference}`,
    tags: (query = '') => `${base}/tags/list${query}`,
    referrers: (digest, query = '') => `${base}/referrers/${digest}${query}`,
    async start(query = '') {
      const reply = await client.ask({ method: 'POST', path: `${repository.uploads}${query}` });
      return locationOf(client, expectStatus(reply, 202));
    },
    patch: (path, body, { at, headers = {}, chunks } = {}) =>
      client.ask({
        method: 'PATCH',
        path,
        body,
        headers: { ...OCTETS, ...(at === undefined ? {} : rangeOf(at, body.length)), ...headers },
        ...(chunks === undefined ? {} : { chunks }),
      }),
    append: async (path, body, options) =>
      locationOf(client, expectStatus(await repository.patch(path, body, options), 202)),
    finish: (path, digest, body, headers = {}) =>
      client.ask({
        method: 'PUT',
        path: withQuery(path, `digest=${digest}`),
        headers: { ...OCTETS, ...headers },
        ...(body ? { body } : {}),
      }),
    async push(blob) {
      const path = await repository.start();
      expectStatus(await repository.finish(path, blob.digest, blob.bytes), 201);
      return blob;
    },
    put: (reference, manifest, headers = {}) =>
      client.ask({
        method: 'PUT',
        path: repository.manifest(reference),
        body: manifest.bytes,
        headers: { 'content-type': manifest.mediaType, ...headers },
      }),
    async pushImage(reference, pushed) {
      for (const blob of pushed.blobs) await repository.push(blob);
      expectStatus(await repository.put(reference, pushed.manifest), 201);
      return pushed;
    },
    async tidy(...references) {
      for (const reference of references) await client.delete(repository.manifest(reference));
    },
  };
  return repository;
}

/** The target of the Link to the next page, as the next request's path; undefined on the last page. */
export function nextPage(reply: Reply): string | undefined {
  const link = header(reply, 'link');
  if (link === undefined) return undefined;
  const target = /^<([^>]+)>\s*;\s*rel="?next"?$/.exec(link)?.[1];
  if (target === undefined) throw new Error(`${reply.asked}: Link ${link} is no link to a next page`);
  const url = new URL(target, `http://same.invalid${reply.path}`);
  return url.pathname + url.search;
}
