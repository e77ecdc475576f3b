import { AppError } from '../../lib/errors.ts';

/** Uploads begun between two counts, at most. */
const ALLOWANCE = 100;

/** Bounds how many uploads an account leaves unfinished: each is a file and a row until it is dropped. */
export class OpenUploads {
  readonly #max: number;
  readonly #count: (accountId: number) => Promise<number>;
  readonly #allowed = new Map<number, number>();
  readonly #counting = new Map<number, Promise<void>>();

  /** `count` asks the database how many are open; it is asked for every hundredth upload. */
  constructor(max: number, count: (accountId: number) => Promise<number>) {
    this.#max = max;
    this.#count = count;
  }

  /** Before an upload is begun; rejects with `too_many_requests` where the account has too many. */
  async admit(accountId: number): Promise<void> {
    for (;;) {
      const allowed = this.#allowed.get(accountId) ?? 0;
      if (allowed > 0) {
        this.#allowed.set(accountId, allowed - 1);
        return;
      }
      const counting = this.#counting.get(accountId) ?? this.#countAnew(accountId);
      await counting;
    }
  }

  #countAnew(accountId: number): Promise<void> {
    const counting = this.#allow(accountId).finally(() => this.#counting.delete(accountId));
    this.#counting.set(accountId, counting);
    return counting;
  }

  async #allow(accountId: number): Promise<void> {
    const room = this.#max - (await this.#count(accountId));
    if (room > 0) {
      this.#allowed.set(accountId, Math.min(ALLOWANCE, room));
      return;
    }
    throw new AppError(
      'too_many_requests',
      `this account has ${this.#max} unfinished uploads: finish or cancel some of them first`,
      { headers: { 'retry-after': '60' } },
    );
  }
}
