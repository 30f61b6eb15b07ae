/**
 * How long to wait before trying again.
 *
 * @module
 */

/** Options of {@link Backoff}. */
export interface BackoffOptions {
  /**
   * Upper bound of the first wait, ms.
   * @default 100
   */
  firstMs?: number;
  /**
   * Upper bound of every wait, ms.
   * @default 5000
   */
  maxMs?: number;
  /**
   * A number in [0, 1) per call.
   * @default Math.random
   */
  random?: () => number;
}

/** The waits where none are given. */
export const BACKOFF_DEFAULTS = { firstMs: 100, maxMs: 5000 } as const;

/**
 * Exponential backoff with jitter: the n-th wait is drawn evenly from the upper half of `min(maxMs, firstMs · 2^n)`, so
 * that many who lost the same peer do not all come back at the same moment, and none of them hammers it.
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempts = 0;

  /** Starts at the first wait. */
  constructor(options: BackoffOptions = {}) {
    const { firstMs, maxMs, random = Math.random } = { ...BACKOFF_DEFAULTS, ...options };
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The next wait, ms. */
  nextMs(): number {
    const bound = Math.min(this.#maxMs, this.#firstMs * 2 ** this.#attempts);
    if (bound < this.#maxMs) this.#attempts++;
    return bound * (0.5 + this.#random() / 2);
  }

  /** Starts again at the first wait: call it after a success. */
  reset(): void {
    this.#attempts = 0;
  }
}
