/** Measured: larger ones were no faster, smaller ones pay per call. */
const BUFFER_BYTES = 1024 * 1024;
/** Beyond this many each is smaller: hundreds of uploads at once must not take a gigabyte. An upload takes one or two. */
const KEPT_BUFFERS = 48;
const SMALL_BUFFER_BYTES = 128 * 1024;
const PAGE_BYTES = 64 * 1024;

export interface WriteBuffer {
  readonly bytes: Uint8Array;
}

/**
 * Memory that begins at a page, which direct writes need (open(2), O_DIRECT) and no buffer of Node promises. Memory of
 * WebAssembly does: it comes in pages of 64 KiB from the system's own.
 */
function allocate(sizeBytes: number): WriteBuffer {
  return { bytes: new Uint8Array(new WebAssembly.Memory({ initial: sizeBytes / PAGE_BYTES }).buffer) };
}

/** Buffers that go from one upload to the next: fresh memory costs more than the writing. */
export class WriteBuffers {
  readonly #spare: WriteBuffer[] = [];
  readonly #spareSmall: WriteBuffer[] = [];
  #taken = 0;

  /** A buffer of 1 MiB, or of 128 KiB where many are taken; give it back. */
  take(): WriteBuffer {
    this.#taken++;
    if (this.#taken > KEPT_BUFFERS) return this.#spareSmall.pop() ?? allocate(SMALL_BUFFER_BYTES);
    return this.#spare.pop() ?? allocate(BUFFER_BYTES);
  }

  giveBack(buffer: WriteBuffer): void {
    this.#taken--;
    const spare = buffer.bytes.byteLength === BUFFER_BYTES ? this.#spare : this.#spareSmall;
    if (spare.length < KEPT_BUFFERS) spare.push(buffer);
  }
}
