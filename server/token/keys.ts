import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import type { Database } from '../db/database.ts';
import { readJson, writeJson } from '../db/json.ts';
import type { Clock } from '../lib/clock.ts';

export const TOKEN_ALGORITHM = 'ES256';

export interface TokenKeys {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** Verification keys by id: the current one and those before it. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, TOKEN_ALGORITHM)) as CryptoKey;
}

/** The keys that sign registry tokens, made at the first start and kept in the database: tokens outlive a restart. */
export async function loadTokenKeys(deps: { db: Database; clock: Clock }): Promise<TokenKeys> {
  let rows = await deps.db.read.selectFrom('token_key').selectAll().orderBy('created_at', 'desc').execute();
  if (rows.length === 0) {
    const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
    const jwk = await exportJWK(privateKey);
    const kid = await calculateJwkThumbprint(jwk);
    const row = { kid, private_jwk: writeJson(jwk), created_at: deps.clock.now() };
    await deps.db.tx((tx) => tx.insertInto('token_key').values(row).execute());
    rows = [row];
  }
  const publicKeys = new Map<string, CryptoKey>();
  for (const row of rows) {
    const { kty, crv, x, y } = readJson<JWK>(row.private_jwk);
    publicKeys.set(row.kid, await importKey({ kty, crv, x, y } as JWK));
  }
  const newest = rows[0];
  if (!newest) throw new Error('no token key could be made');
  return { kid: newest.kid, privateKey: await importKey(readJson<JWK>(newest.private_jwk)), publicKeys };
}
