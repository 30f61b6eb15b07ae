/**
 * The bytes that are to be sent on a connection. Frames are copied in, packed one behind the other into pooled chunks,
 * so that many small frames leave in one write; an idle connection holds no chunk.
 *
 * @module
 */

import type { BufferPool } from "./buffer_pool.ts";

const FIRST_CHUNK_BYTES = 4 << 10;
const NEXT_CHUNK_BYTES = 64 << 10;

interface Chunk {
  buffer: Uint8Array<ArrayBuffer>;
  start: number;
  end: number;
}

/** A first-in first-out queue of bytes whose length is the caller's to watch. */
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
   * Copies bytes to the end of the queue.
   *
   * @throws {PoolExhaustedError} When there is no memory for them; part of them may be queued then.
   */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const chunk = this.#tailWithRoom(bytes.length - from);
      const part = bytes.subarray(from, from + chunk.buffer.length - chunk.end);
      chunk.buffer.set(part, chunk.end);
      chunk.end += part.length;
      from += part.length;
      this.#bytes += part.length;
    }
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

  #tailWithRoom(wanted: number): Chunk {
    const tail = this.#chunks.at(-1);
    if (tail !== undefined && tail.end < tail.buffer.length) return tail;
    const bytes = tail === undefined ? Math.max(wanted, FIRST_CHUNK_BYTES) : NEXT_CHUNK_BYTES;
    const chunk = {
      buffer: this.#pool.acquire(Math.min(bytes, NEXT_CHUNK_BYTES)),
      start: 0,
      end: 0,
    };
    this.#chunks.push(chunk);
    return chunk;
  }
}
