/**
 * The bytes that were read from a connection and not yet handled.
 *
 * A ring over one pooled buffer: the socket reads straight into the free space and frames are handed out as views of the
 * filled space, so a byte is not moved between the kernel and its handler. Two things copy, and both are counted: a
 * frame that straddles the end of the buffer, and a ring that grows while it holds bytes.
 *
 * ```
 *   0        head              head + size      capacity
 *   ├─ free ──┼──── filled ──────────┼──── free ────┤
 * ```
 *
 * @module
 */

import type { BufferPool } from "./buffer_pool.ts";

const SMALLEST_BYTES = 4096;

/** A first-in first-out ring of bytes. */
export class RingBuffer {
  readonly #pool: BufferPool;
  #buffer: Uint8Array<ArrayBuffer>;
  #head = 0;
  #size = 0;
  #copies = 0;

  /**
   * Makes an empty ring of the smallest size class.
   *
   * @throws {PoolExhaustedError} When the pool is at its cap.
   */
  constructor(pool: BufferPool) {
    this.#pool = pool;
    this.#buffer = pool.acquire(SMALLEST_BYTES);
  }

  /** How many bytes it holds. */
  get size(): number {
    return this.#size;
  }

  /** How many it can hold without growing. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** How often bytes had to be copied. */
  get copies(): number {
    return this.#copies;
  }

  /** The largest contiguous free space behind the filled one, to be read into; empty when the ring is full. */
  writable(): Uint8Array<ArrayBuffer> {
    const tail = this.#head + this.#size;
    return tail < this.capacity
      ? this.#buffer.subarray(tail)
      : this.#buffer.subarray(tail - this.capacity, this.#head);
  }

  /** Counts the first `bytes` of {@link writable} as filled. */
  commit(bytes: number): void {
    this.#size += bytes;
  }

  /** The byte at an offset from the head; the offset must be below {@link size}. */
  at(offset: number): number {
    return this.#buffer[this.#index(offset)];
  }

  /**
   * The bytes from an offset on; offset + bytes must not be over {@link size}. A view, or a copy where they straddle the
   * end of the buffer. Valid until the next call that changes the ring.
   */
  view(offset: number, bytes: number): Uint8Array<ArrayBuffer> {
    const start = this.#index(offset);
    const end = start + bytes;
    if (end <= this.capacity) return this.#buffer.subarray(start, end);
    return this.#copyTo(new Uint8Array(bytes), start);
  }

  /** Frees the first `bytes`. */
  consume(bytes: number): void {
    this.#size -= bytes;
    // An empty ring starts over at 0: then most frames never straddle.
    this.#head = this.#size === 0 ? 0 : this.#index(bytes);
  }

  /**
   * Exchanges the buffer for one of the size class that holds `bytes`, never less than what is in it.
   *
   * @throws {PoolExhaustedError} When the pool is at its cap; the ring is unchanged then.
   */
  resize(bytes: number): void {
    const buffer = this.#pool.acquire(Math.max(bytes, this.#size));
    if (this.#size > 0) this.#copyTo(buffer.subarray(0, this.#size), this.#head);
    this.#pool.release(this.#buffer);
    this.#buffer = buffer;
    this.#head = 0;
  }

  /** Gives the buffer back; the ring must not be used again. */
  release(): void {
    this.#pool.release(this.#buffer);
    this.#size = 0;
  }

  /** Fills `target` with the bytes from index `start` on, round the end of the buffer. */
  #copyTo(target: Uint8Array<ArrayBuffer>, start: number): Uint8Array<ArrayBuffer> {
    this.#copies++;
    const untilEnd = this.#buffer.subarray(start, start + target.length);
    target.set(untilEnd);
    target.set(this.#buffer.subarray(0, target.length - untilEnd.length), untilEnd.length);
    return target;
  }

  #index(offset: number): number {
    const index = this.#head + offset;
    return index < this.capacity ? index : index - this.capacity;
  }
}
