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
import { DAYS, HOURS, type Clock } from '../lib/clock.ts';

export const TOKEN_ALGORITHM = 'ES256';

/** How long a key signs. */
const ROTATE_MS = DAYS(90);
/** How old what is known of the keys may be where one is to sign: another server may have made a newer one. */
const REREAD_MS = HOURS(1);
/** How long a key stays after the next one was made: much longer than it may go on signing and its last token lives. */
const KEEP_MS = DAYS(1);

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** The keys of registry tokens. They are in the database, so that tokens outlive a restart and every server on it has them. */
export interface TokenKeys {
  /** The key that signs now: the newest, and a new one where that is 90 days old. */
  signing(): Promise<SigningKey>;
  /** The public key of that id; one that is not known is looked for in the database, where another server may have put it. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** Removes keys of which no living token is left. */
  purge(): Promise<void>;
}

interface LoadedKey extends SigningKey {
  readonly publicKey: CryptoKey;
  readonly createdAtMs: number;
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, TOKEN_ALGORITHM)) as CryptoKey;
}

async function loadKey(row: { kid: string; private_jwk: string; created_at: number }): Promise<LoadedKey> {
  const jwk = readJson<JWK>(row.private_jwk);
  const { kty, crv, x, y } = jwk;
  return {
    kid: row.kid,
    createdAtMs: row.created_at,
    privateKey: await importKey(jwk),
    publicKey: await importKey({ kty, crv, x, y } as JWK),
  };
}

/** Reads the keys, newest first; those known already are not read anew. */
async function readKeys(db: Database, known: readonly LoadedKey[]): Promise<LoadedKey[]> {
  const rows = await db.read
    .selectFrom('token_key')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute();
  return Promise.all(rows.map(async (row) => known.find((key) => key.kid === row.kid) ?? loadKey(row)));
}

async function makeKey(deps: { db: Database; clock: Clock }): Promise<void> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const row = {
    kid: await calculateJwkThumbprint(jwk),
    private_jwk: writeJson(jwk),
    created_at: deps.clock.now(),
  };
  await deps.db.tx((tx) => tx.insertInto('token_key').values(row).execute());
}

async function purgeKeys({ db, clock }: { db: Database; clock: Clock }): Promise<void> {
  await db.tx(async (tx) => {
    const rows = await tx
      .selectFrom('token_key')
      .select(['kid', 'created_at'])
      .orderBy('created_at', 'desc')
      .orderBy('kid')
      .execute();
    const ended = rows.filter((_row, i) => (rows[i - 1]?.created_at ?? Infinity) <= clock.now() - KEEP_MS);
    for (const { kid } of ended) await tx.deleteFrom('token_key').where('kid', '=', kid).execute();
  });
}

/** Reads the keys, and makes the first one where there is none. */
export async function loadTokenKeys(deps: { db: Database; clock: Clock }): Promise<TokenKeys> {
  const { db, clock } = deps;
  let keys: readonly LoadedKey[] = [];
  let readAtMs = 0;
  let reading: Promise<void> | undefined;
  let renewing: Promise<void> | undefined;

  async function readNow(): Promise<void> {
    keys = await readKeys(db, keys);
    readAtMs = clock.now();
  }
  // Anybody can send tokens with made-up ids: those who come while the keys are read share the answer.
  const read = (): Promise<void> => (reading ??= readNow().finally(() => (reading = undefined)));

  const fresh = (): LoadedKey | undefined =>
    keys[0] && clock.now() - keys[0].createdAtMs < ROTATE_MS ? keys[0] : undefined;

  async function renew(): Promise<void> {
    await read();
    if (fresh()) return;
    await makeKey(deps);
    await readNow();
  }

  async function signing(): Promise<SigningKey> {
    if (!fresh() || clock.now() - readAtMs >= REREAD_MS)
      await (renewing ??= renew().finally(() => (renewing = undefined)));
    const key = fresh();
    if (!key) throw new Error('no token key could be made');
    return key;
  }

  await signing();
  return {
    signing,
    async find(kid) {
      const find = (): CryptoKey | undefined => keys.find((key) => key.kid === kid)?.publicKey;
      const known = find();
      if (known) return known;
      await read();
      return find();
    },
    purge: () => purgeKeys(deps),
  };
}
