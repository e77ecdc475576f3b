import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

// OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB = 19 * 1024;
const PASSES = 2;
const LANES = 1;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

interface Parsed {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

function parsePhc(text: string): Parsed {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  if (!match) throw new Error('a stored password hash is not an argon2id PHC string');
  const [, memory, passes, parallelism, salt = '', digest = ''] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(digest, 'base64'),
  };
}

/** Hashes a password off the event loop into a PHC string (`$argon2id$v=19$m=...`) that carries its own cost. */
export async function hashPassword(password: string): Promise<string> {
  // A salt needs no repeatable source: it is stored beside the hash.
  const nonce = randomBytes(SALT_BYTES);
  const digest = await hash('argon2id', {
    message: password,
    nonce,
    parallelism: LANES,
    tagLength: HASH_BYTES,
    memory: MEMORY_KIB,
    passes: PASSES,
  });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(nonce)}$${unpadded(digest)}`;
}

/** Whether the password is the one of the PHC string; takes the same time either way. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const parsed = parsePhc(phc);
  const digest = await hash('argon2id', {
    message: password,
    nonce: parsed.salt,
    parallelism: parsed.parallelism,
    tagLength: parsed.hash.length,
    memory: parsed.memory,
    passes: parsed.passes,
  });
  return timingSafeEqual(digest, parsed.hash);
}
