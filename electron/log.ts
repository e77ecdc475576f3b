import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const MAX_BYTES = 5_000_000;
const OLDER_FILES = 3;

/** A text file for lines, readable by its owner only; at 5 MB it starts anew, three older ones stay as `.1` to `.3`. */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  #bytes: number;

  constructor(path: string, maxBytes: number = MAX_BYTES) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Appends one line; a full disk or a folder that is gone loses the line, never the app. */
  line(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#startAnew();
      appendFileSync(this.path, bytes, { mode: 0o600 });
      this.#bytes += bytes.length;
    } catch {
      // There is nowhere left to say so.
    }
  }

  #startAnew(): void {
    rmSync(`${this.path}.${OLDER_FILES}`, { force: true });
    for (let age = OLDER_FILES - 1; age >= 1; age--) {
      if (statSync(`${this.path}.${age}`, { throwIfNoEntry: false })) {
        renameSync(`${this.path}.${age}`, `${this.path}.${age + 1}`);
      }
    }
    renameSync(this.path, `${this.path}.1`);
    this.#bytes = 0;
  }
}
