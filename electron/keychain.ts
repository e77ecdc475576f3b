import { safeStorage } from 'electron';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KeychainStore } from './ipc-contract.ts';

/** Sealed passwords by user name, each as base64 of what the keychain's key encrypted. */
type Sealed = Record<string, string>;

/**
 * Keeps passwords in a file that only the machine's keychain can open. Without a real keychain it keeps nothing: the
 * "basic text" fallback of Linux encrypts with a key that everybody knows.
 */
export class Keychain {
  readonly #path: string;
  readonly #log: (text: string) => void;

  constructor(path: string, log: (text: string) => void) {
    this.#path = path;
    this.#log = log;
  }

  /** Where passwords would go; `none` where there is no real keychain or it is locked. */
  async store(): Promise<KeychainStore> {
    const store = candidate();
    if (store === 'none') return 'none';
    const available = isAsynchronous()
      ? await safeStorage.isAsyncEncryptionAvailable()
      : // The only call that Electron before 45 has.
        safeStorage.isEncryptionAvailable();
    return available ? store : 'none';
  }

  /** Keeps this user's password in place of an earlier one, or says that it did not. */
  async save(username: string, password: string): Promise<{ kept: boolean; store: KeychainStore }> {
    const store = await this.store();
    if (store === 'none') return { kept: false, store };
    try {
      const sealed = await seal(password);
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(this.#path, JSON.stringify({ ...this.#read(), [username]: sealed.toString('base64') }), {
        mode: 0o600,
      });
      return { kept: true, store };
    } catch (error) {
      this.#log(`the keychain did not keep a password: ${String(error)}`);
      return { kept: false, store };
    }
  }

  /** Whether this user's password is kept and the keychain that sealed it is at hand. */
  async has(username: string): Promise<{ kept: boolean; store: KeychainStore }> {
    const store = await this.store();
    return { kept: store !== 'none' && this.#read()[username] !== undefined, store };
  }

  /** This user's password; null when none is kept or the keychain does not open it. Never replaces what is kept. */
  async read(username: string): Promise<string | null> {
    const sealed = this.#read()[username];
    if (sealed === undefined) return null;
    if ((await this.store()) === 'none') {
      this.#log('a password is kept, but the keychain that sealed it is not available in this session');
      return null;
    }
    try {
      return await open(Buffer.from(sealed, 'base64'));
    } catch (error) {
      this.#log(`the keychain did not open a kept password: ${String(error)}`);
      return null;
    }
  }

  #read(): Sealed {
    try {
      const content: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (typeof content !== 'object' || content === null) return {};
      return Object.fromEntries(
        Object.entries(content).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      );
    } catch {
      return {};
    }
  }
}

function candidate(): KeychainStore {
  if (process.platform === 'darwin') return 'macOS Keychain';
  if (process.platform === 'win32') return 'Windows Data Protection';
  const backend = safeStorage.getSelectedStorageBackend();
  if (backend === 'gnome_libsecret') return 'GNOME Keyring';
  return backend.startsWith('kwallet') ? 'KWallet' : 'none';
}

/** Electron 45 has asynchronous calls and deprecates the others; earlier ones have only the others. */
function isAsynchronous(): boolean {
  return 'encryptStringAsync' in safeStorage;
}

async function seal(text: string): Promise<Buffer> {
  // The only call that Electron before 45 has.
  return isAsynchronous() ? safeStorage.encryptStringAsync(text) : safeStorage.encryptString(text);
}

async function open(sealed: Buffer): Promise<string> {
  if (isAsynchronous()) return (await safeStorage.decryptStringAsync(sealed)).result;
  // The only call that Electron before 45 has.
  return safeStorage.decryptString(sealed);
}
