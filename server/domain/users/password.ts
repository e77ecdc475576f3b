import { argon2, pbkdf2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;
const derive = promisify(pbkdf2);

// OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
const MEMORY_KIB = 19 * 1024;
const PASSES = 2;
const LANES = 1;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const COST = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`;
// Harbor's: PBKDF2 with SHA-256, written as hex digits.
const HARBOR_ITERATIONS = 4096;
const HARBOR_BYTES = 16;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

const ARGON2 = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const PBKDF2 = /^\$pbkdf2-sha256\$i=(\d+),l=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** The hash that a PHC string holds, and the same one of another password. */
async function recompute(password: string, phc: string): Promise<{ stored: Buffer; computed: Buffer }> {
  const [isArgon2, memory, passes, parallelism, nonce = '', argon2Hash = ''] = ARGON2.exec(phc) ?? [];
  if (isArgon2 !== undefined) {
    const stored = Buffer.from(argon2Hash, 'base64');
    const computed = await hash('argon2id', {
      message: password,
      nonce: Buffer.from(nonce, 'base64'),
      parallelism: Number(parallelism),
      tagLength: stored.length,
      memory: Number(memory),
      passes: Number(passes),
    });
    return { stored, computed };
  }
  const [isPbkdf2, iterations, bytes, salt = '', key = ''] = PBKDF2.exec(phc) ?? [];
  if (isPbkdf2 === undefined)
    throw new Error('a stored password hash is neither an argon2id nor a pbkdf2-sha256 PHC string');
  const computed = await derive(
    password,
    Buffer.from(salt, 'base64'),
    Number(iterations),
    Number(bytes),
    'sha256',
  );
  return { stored: Buffer.from(key, 'base64'), computed };
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
  return `${COST}${unpadded(nonce)}$${unpadded(digest)}`;
}

/** Whether the password is the one of the PHC string (ours, or an imported one); takes the same time either way. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const { stored, computed } = await recompute(password, phc);
  return stored.length === computed.length && timingSafeEqual(stored, computed);
}

/** Whether {@link hashPassword} would write it so today: of another kind or cost, it is replaced at a sign-in. */
export function isCurrentHash(phc: string): boolean {
  return phc.startsWith(COST);
}

/**
 * Harbor's stored password (`password` and `salt` of its table `harbor_user`, of `password_version` sha256) as a PHC
 * string that {@link verifyPassword} reads. Throws when the password is not Harbor's 32 hex digits.
 */
export function importHarborPassword(row: { readonly password: string; readonly salt: string }): string {
  if (!/^[0-9a-f]{32}$/.test(row.password) || row.salt === '')
    throw new Error('a password of Harbor is 32 hex digits with a salt');
  const salt = unpadded(Buffer.from(row.salt, 'utf8'));
  const key = unpadded(Buffer.from(row.password, 'hex'));
  return `$pbkdf2-sha256$i=${HARBOR_ITERATIONS},l=${HARBOR_BYTES}$${salt}$${key}`;
}
