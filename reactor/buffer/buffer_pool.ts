/**
 * Where the reactor's buffers come from and go back to. Owns the cap on their total size; knows nothing of what is in
 * them.
 *
 * @module
 */

/** The sizes that buffers come in, bytes. */
export const SIZE_CLASSES: readonly number[] = [
  4 << 10,
  16 << 10,
  64 << 10,
  256 << 10,
  1 << 20,
  4 << 20,
  8 << 20,
];

/** An allocation would take a {@link BufferPool} over its cap. */
export class PoolExhaustedError extends Error {
  /** Names the error. */
  override readonly name = "PoolExhaustedError";
}

/** Lends buffers of a few sizes and keeps those given back for the next borrower. */
export class BufferPool {
  /** Cap on the bytes allocated, lent out and idle together. */
  readonly maxBytes: number;
  readonly #idle: Uint8Array<ArrayBuffer>[][] = SIZE_CLASSES.map(() => []);
  #allocatedBytes = 0;
  #idleBytes = 0;

  /** Makes an empty pool; `maxBytes` is 1 GiB unless given. */
  constructor({ maxBytes = 2 ** 30 }: { maxBytes?: number } = {}) {
    this.maxBytes = maxBytes;
  }

  /** Bytes lent out. */
  get lentBytes(): number {
    return this.#allocatedBytes - this.#idleBytes;
  }

  /** Bytes that may still be lent out. */
  get freeBytes(): number {
    return this.maxBytes - this.lentBytes;
  }

  /**
   * Lends a buffer of the smallest size class that holds `bytes`. What it contains is undefined.
   *
   * @throws {RangeError} When `bytes` is more than the largest class.
   * @throws {PoolExhaustedError} When the cap does not allow it.
   */
  acquire(bytes: number): Uint8Array<ArrayBuffer> {
    const sizeClass = SIZE_CLASSES.findIndex((size) => size >= bytes);
    if (sizeClass < 0) {
      throw new RangeError(
        `Cannot lend a buffer that must be at most ${
          SIZE_CLASSES.at(-1)
        } bytes: current value is ${bytes}`,
      );
    }
    const size = SIZE_CLASSES[sizeClass];
    const idle = this.#idle[sizeClass].pop();
    if (idle !== undefined) {
      this.#idleBytes -= size;
      return idle;
    }
    if (this.#allocatedBytes + size > this.maxBytes) this.#dropIdle();
    if (this.#allocatedBytes + size > this.maxBytes) {
      throw new PoolExhaustedError(
        `Cannot lend ${size} bytes: ${this.lentBytes} of at most ${this.maxBytes} are lent out`,
      );
    }
    this.#allocatedBytes += size;
    return new Uint8Array(size);
  }

  /** Takes back a buffer that {@link acquire} lent; its borrower must not touch it again. */
  release(buffer: Uint8Array<ArrayBuffer>): void {
    this.#idle[SIZE_CLASSES.indexOf(buffer.length)].push(buffer);
    this.#idleBytes += buffer.length;
  }

  /** Idle buffers of one size must not keep another size from being allocated. */
  #dropIdle(): void {
    for (const buffers of this.#idle) buffers.length = 0;
    this.#allocatedBytes -= this.#idleBytes;
    this.#idleBytes = 0;
  }
}
