import { expect } from 'vitest';
import type { Credentials, TestServer } from '#test/support/server.ts';
import { OWN } from './people.ts';

/** An import as the server answers it. */
export interface Import {
  readonly id: string;
  readonly images: readonly {
    readonly digest: string;
    readonly type: string;
    readonly size: number;
    readonly missing: number;
    readonly platforms: readonly { readonly architecture: string }[];
    readonly names: readonly {
      readonly given: string;
      readonly repository: string | null;
      readonly tag: string | null;
    }[];
  }[];
}

export interface Target {
  readonly position: number;
  readonly repository: string;
  readonly tags: readonly string[];
}

type Who = { readonly as?: 'admin' | Credentials };

/** What tests do with archives in the project `web`. */
export function archiveRequests(server: () => TestServer) {
  const imports = `${OWN}/projects/web/imports`;
  const send = (archive: Buffer, { as = 'admin' }: Who = {}) =>
    server().inject({
      method: 'POST',
      url: `${imports}?file_name=images.tar`,
      as,
      headers: { 'content-type': 'application/octet-stream' },
      payload: archive,
    });
  return {
    imports,
    send,
    receive: async (archive: Buffer, who: Who = {}): Promise<Import> => {
      const reply = await send(archive, who);
      expect(reply.statusCode, reply.body).toBe(201);
      return reply.json<Import>();
    },
    confirm: (id: string, targets: readonly Target[], { as = 'admin' }: Who = {}) =>
      server().inject({ method: 'POST', url: `${imports}/${id}/images`, as, payload: { targets } }),
    /** A manifest or a blob by /v2. */
    get: (path: string) => server().inject({ method: 'GET', url: `/v2/web/${path}`, as: 'admin' }),
    /** Unfinished uploads, of which an archive that is gone leaves none; in the storage as in the database. */
    openUploads: async (): Promise<number> => {
      const rows = await server().context.db.read.selectFrom('upload').select('id').execute();
      expect((await server().context.storage.listUploads()).length).toBe(rows.length);
      return rows.length;
    },
  };
}
