/**
 * How far something long has got: a line on a terminal that is written over, a line now and then elsewhere, and nothing of
 * what is quick.
 *
 * @module
 */

import { print } from "./output.ts";

/** What is quicker is not told of. */
const FIRST_MS = 500;
/** Between one state and the next: on a terminal, and where each is a line for good. */
const INTERVAL_MS = { terminal: 100, lines: 2_000 };

/** Where progress is told. */
export interface ProgressOptions {
  /** Takes text. */
  write: (text: string) => void;
  /** Whether a line can be written over. */
  isTerminal: boolean;
  /**
   * The present time, ms.
   *
   * @default performance.now
   */
  now?: () => number;
}

/** Tells how far one thing is. */
export class Progress implements Disposable {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  readonly #now: () => number;
  #nextMs: number;
  #isShown = false;

  /** Begins to count the time. */
  constructor({ write, isTerminal, now = () => performance.now() }: ProgressOptions) {
    this.#write = write;
    this.#isTerminal = isTerminal;
    this.#now = now;
    this.#nextMs = now() + FIRST_MS;
  }

  /** Says where it is, if it is time to. */
  update(text: string): void {
    const nowMs = this.#now();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + INTERVAL_MS[this.#isTerminal ? "terminal" : "lines"];
    this.#write(this.#isTerminal ? `\r\x1b[K${text}` : `${text}\n`);
    this.#isShown = this.#isTerminal;
  }

  /** Takes away what stands on the terminal. */
  [Symbol.dispose](): void {
    if (this.#isShown) this.#write("\r\x1b[K");
    this.#isShown = false;
  }
}

/** Tells the user on stderr how far a command is. */
export function showProgress(): Progress {
  const write = (text: string) => print(text, "stderr");
  return new Progress({ write, isTerminal: Deno.stderr.isTerminal() });
}
