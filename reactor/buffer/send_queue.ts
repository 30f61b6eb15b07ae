/**
 * The frames that are to be sent on a connection. They are copied in, packed one behind the other into pooled chunks, so
 * that many small frames leave in one write; an idle connection holds no chunk.
 *
 * A frame is never split over two chunks, and a write never spans two: so what is written is whole frames, unless the
 * kernel takes only a part of it. The clients of the C++ Lars depend on it: they take whatever they read at once for
 * whole frames, and crash where it is not.
 *
 * @module
 */

import type { BufferPool } from "./buffer_pool.ts";

const FIRST_CHUNK_BYTES = 4 << 10;

/**
 * A frame that is longer has a chunk to itself. The kernel parts a write that is more than half of what the peer's has room
 * for at first (64 KiB, in older ones 43), and the parts can be read one by one.
 */
const NEXT_CHUNK_BYTES = 16 << 10;

interface Chunk {
  buffer: Uint8Array<ArrayBuffer>;
  start: number;
  end: number;
}

/** A first-in first-out queue of frames whose length in bytes is the caller's to watch. */
export class SendQueue {
  readonly #pool: BufferPool;
  readonly #chunks: Chunk[] = [];
  #bytes = 0;

  /** Makes an empty queue. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Copies a frame, given in parts, to the end of the queue.
   *
   * @throws {PoolExhaustedError} When there is no memory for it; nothing is queued then.
   */
  push(...parts: readonly Uint8Array[]): void {
    let frameBytes = 0;
    for (const { length } of parts) frameBytes += length;
    if (frameBytes === 0) return;
    const chunk = this.#tailWithRoom(frameBytes);
    for (const part of parts) {
      chunk.buffer.set(part, chunk.end);
      chunk.end += part.length;
    }
    this.#bytes += frameBytes;
  }

  /** The bytes to write next, a view that stays as it is until they are consumed; undefined when nothing waits. */
  peek(): Uint8Array<ArrayBuffer> | undefined {
    const chunk = this.#chunks[0];
    return chunk && chunk.buffer.subarray(chunk.start, chunk.end);
  }

  /** Takes out the first bytes, at most as many as {@link peek} showed. */
  consume(bytes: number): void {
    const chunk = this.#chunks[0];
    chunk.start += bytes;
    this.#bytes -= bytes;
    if (chunk.start === chunk.end) {
      this.#chunks.shift();
      this.#pool.release(chunk.buffer);
    }
  }

  /** Gives all memory back; only when no view of it is being written any more. */
  clear(): void {
    for (const { buffer } of this.#chunks) this.#pool.release(buffer);
    this.#chunks.length = 0;
    this.#bytes = 0;
  }

  #tailWithRoom(frameBytes: number): Chunk {
    const tail = this.#chunks.at(-1);
    if (tail !== undefined) {
      const room = Math.min(tail.buffer.length, NEXT_CHUNK_BYTES) - tail.end;
      if (room >= frameBytes) return tail;
    }
    const chunkBytes = tail === undefined ? FIRST_CHUNK_BYTES : NEXT_CHUNK_BYTES;
    const chunk = {
      buffer: this.#pool.acquire(Math.max(chunkBytes, frameBytes)),
      start: 0,
      end: 0,
    };
    this.#chunks.push(chunk);
    return chunk;
  }
}
