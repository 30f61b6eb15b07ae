/**
 * Writes text to a full disk, a terminal that is gone, a pipe that nobody reads: none of these throws through the event
 * loop. A {@link LineWriter} never blocks either: what cannot be written, or would wait behind too much else, is lost and
 * counted, and once lines are taken again, one says how many were lost. {@link writeText} waits for its reader.
 *
 * @module
 */

import { realClock } from "../../reactor/clock.ts";

/** As much may wait to be written, bytes. */
const MAX_QUEUED_BYTES = 1_048_576;

/** Whole lines are written together up to this: a pipe takes as much at once, so that threads' lines do not mix. */
const MAX_WRITE_BYTES = 4096;

/** After this what is busy is tried again, ms. */
const BUSY_WAIT_MS = 50;

/** What a {@link LineWriter} is made of. */
export interface LineWriterOptions {
  /** Writes the beginning of `bytes`, and says how much of it. */
  write: (bytes: Uint8Array) => Promise<number>;
  /** Makes the line that says how many were lost. */
  formatLost: (lines: number) => string;
  /**
   * Where the lost are counted.
   *
   * @default a count of its own
   */
  lost?: LostLines;
}

/** How many lines were lost, in memory that threads can share. */
export class LostLines {
  /** The memory to hand to another thread. */
  readonly buffer: SharedArrayBuffer;
  /** All of them, and those that no line has told of yet. */
  readonly #counts: Uint32Array<SharedArrayBuffer>;

  /** Begins to count, or joins those who count in `buffer`. */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.buffer = buffer;
    this.#counts = new Uint32Array(buffer);
  }

  /** How many were lost since the start. */
  get total(): number {
    return Atomics.load(this.#counts, 0);
  }

  /** Whether some were lost of which no line has told. */
  get isUntold(): boolean {
    return Atomics.load(this.#counts, 1) > 0;
  }

  /** Counts lines that are lost. */
  add(lines: number): void {
    Atomics.add(this.#counts, 0, lines);
    Atomics.add(this.#counts, 1, lines);
  }

  /** Gives those that are to be told of, to one who asks and no other. */
  takeUntold(): number {
    return Atomics.exchange(this.#counts, 1, 0);
  }

  /** Takes back what could not be told. */
  returnUntold(lines: number): void {
    Atomics.add(this.#counts, 1, lines);
  }
}

/** Writes lines, one after the other. */
export class LineWriter {
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  readonly #formatLost: (lines: number) => string;
  readonly #lost: LostLines;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Whether what was written last ends within a line. */
  #isTorn = false;
  /** Whether what was written last was taken. */
  #isTaken = true;
  #written?: Promise<void>;

  /** Has nothing to write yet. */
  constructor({ write, formatLost, lost = new LostLines() }: LineWriterOptions) {
    this.#write = write;
    this.#formatLost = formatLost;
    this.#lost = lost;
  }

  /** Writes a line, which gets its end here, as soon as it can be. */
  put(line: string): void {
    this.putText(`${line}\n`);
  }

  /** Writes a text of one line or several as it is. */
  putText(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes.length > MAX_QUEUED_BYTES) {
      this.#lost.add(countLines(bytes));
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#written ??= this.#writeAll();
  }

  /** Resolves when all is written or lost, or after so many ms. */
  async flush(withinMs: number): Promise<void> {
    if (this.#written === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    await Promise.race([this.#written, promise]);
    clearTimeout(timer);
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0 || (this.#isTaken && this.#lost.isUntold)) {
      // What could not be written is told of before what can be again; what found no room, behind what it had to wait for.
      const isDue = !this.#isTaken || this.#queue.length === 0;
      this.#isTaken = (!isDue || await this.#tellLost()) && await this.#writeChunk();
    }
    this.#written = undefined;
  }

  async #tellLost(): Promise<boolean> {
    const lines = this.#lost.takeUntold();
    if (lines === 0) return true;
    const notice = new TextEncoder().encode(`${this.#formatLost(lines)}\n`);
    const isTold = await this.#tryWrite(notice) === 0;
    if (!isTold) {
      this.#lost.returnUntold(lines);
      this.#loseChunk();
    }
    return isTold;
  }

  async #writeChunk(): Promise<boolean> {
    const chunk = this.#nextChunk();
    const lost = await this.#tryWrite(chunk);
    this.#lost.add(lost);
    this.#queuedBytes -= chunk.length;
    return lost === 0;
  }

  #loseChunk(): void {
    const chunk = this.#nextChunk();
    this.#lost.add(countLines(chunk));
    this.#queuedBytes -= chunk.length;
  }

  /** Whole texts off the queue: one, or several that fit together. */
  #nextChunk(): Uint8Array {
    const texts = this.#queue.splice(0, 1);
    let bytes = texts[0]?.length ?? 0;
    while (this.#queue.length > 0 && bytes + this.#queue[0].length <= MAX_WRITE_BYTES) {
      const text = this.#queue.shift()!;
      texts.push(text);
      bytes += text.length;
    }
    return texts.length === 1 ? texts[0] : concat(texts, bytes);
  }

  /** Writes all of it, or says how many lines could not be written. */
  async #tryWrite(bytes: Uint8Array): Promise<number> {
    let rest = this.#isTorn ? concat([LINE_END, bytes], bytes.length + 1) : bytes;
    try {
      while (rest.length > 0) {
        const sent = await this.#writeSome(rest);
        if (sent > 0) this.#isTorn = rest[sent - 1] !== LINE_END[0];
        rest = rest.subarray(sent);
      }
      return 0;
    } catch {
      return Math.min(countLines(bytes), countLines(rest));
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    for (;;) {
      try {
        return await this.#write(bytes);
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await realClock.sleep(BUSY_WAIT_MS);
      }
    }
  }
}

const LINE_END = Uint8Array.of("\n".charCodeAt(0));

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === LINE_END[0]) lines++;
  return lines;
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Why a text could not be printed. */
export interface WriteFailure {
  /** What the system said. */
  readonly error: Error;
  /** Whether the reader has ended, which is no fault of anybody's. */
  readonly isReaderGone: boolean;
}

/** Writes all of a text, waiting for its reader; says so when it cannot be written, and why. */
export function writeText(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): WriteFailure | undefined {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof Deno.errors.WouldBlock) wait(BUSY_WAIT_MS);
      else return { error, isReaderGone: error instanceof Deno.errors.BrokenPipe };
    }
  }
}

function wait(delayMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
}
