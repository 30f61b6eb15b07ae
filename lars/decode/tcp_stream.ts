/**
 * One direction of a TCP connection, put in order: what came early waits, what came twice is left out, what never came is
 * said to be missing. Pure.
 *
 * @module
 */

/** What is in order now: bytes that follow those before, or how many are missing between. */
export type Piece = { bytes: Uint8Array } | { missing: number };

/** Bytes that came early are kept up to so many; past that what is before them counts as missing. */
const MAX_EARLY_BYTES = 4 << 20;

/** Puts segments in order. */
export class TcpStream {
  /** The number of the next byte in order; undefined until the first segment. */
  #next?: number;
  #early: { sequence: number; bytes: Uint8Array }[] = [];
  #earlyBytes = 0;

  /** Begins at the first byte of a connection that is captured from its start. */
  open(sequence: number): void {
    this.#next = (sequence + 1) >>> 0;
    this.#early = [];
    this.#earlyBytes = 0;
  }

  /** Takes a segment; gives what is in order now. */
  push(sequence: number, bytes: Uint8Array): Piece[] {
    if (bytes.length === 0) return [];
    this.#next ??= sequence;
    this.#early.push({ sequence, bytes });
    this.#earlyBytes += bytes.length;
    const pieces = this.#takeReady();
    if (this.#earlyBytes > MAX_EARLY_BYTES) pieces.push(...this.end());
    return pieces;
  }

  /** Gives what still waits, with what is missing before it: no more comes. */
  end(): Piece[] {
    const pieces: Piece[] = [];
    while (this.#early.length > 0) {
      const ahead = Math.min(...this.#early.map(({ sequence }) => this.#distance(sequence)));
      pieces.push({ missing: ahead });
      this.#next = (this.#next! + ahead) >>> 0;
      pieces.push(...this.#takeReady());
    }
    return pieces;
  }

  #takeReady(): Piece[] {
    const pieces: Piece[] = [];
    for (;;) {
      const index = this.#early.findIndex(({ sequence }) => this.#distance(sequence) <= 0);
      if (index < 0) return pieces;
      const [{ sequence, bytes }] = this.#early.splice(index, 1);
      this.#earlyBytes -= bytes.length;
      const known = -this.#distance(sequence); // so many of its bytes came before
      if (known >= bytes.length) continue;
      pieces.push({ bytes: bytes.subarray(known) });
      this.#next = (this.#next! + bytes.length - known) >>> 0;
    }
  }

  /** How far a number is ahead of the next byte, negative when behind: numbers wrap at 2³². */
  #distance(sequence: number): number {
    return (sequence - this.#next!) | 0;
  }
}
