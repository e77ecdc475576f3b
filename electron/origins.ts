/** Where our pages come from: the registry's origin while it runs, and the shell's own few pages. */
export class TrustedOrigins {
  #console: string | undefined;
  readonly #local: string;

  /** `local` is `scheme://host` of the shell's own pages. */
  constructor(local: string) {
    this.#local = local;
  }

  /** The running registry's origin; a new one takes the old one's place. */
  trustConsole(origin: string): void {
    this.#console = new URL(origin).origin;
  }

  /** Whether this address is the console's, compared as an origin and never as a piece of text. */
  isConsole(url: string): boolean {
    return this.#console !== undefined && URL.canParse(url) && new URL(url).origin === this.#console;
  }

  /** Whether this address is a page of ours. */
  has(url: string): boolean {
    if (this.isConsole(url)) return true;
    if (!URL.canParse(url)) return false;
    // The origin of a scheme of one's own is "null" to URL: compare its two parts.
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}` === this.#local;
  }
}
