/**
 * Lines that are drawn over again in place, on a terminal.
 *
 * @module
 */

/** Draws blocks of lines, each over the one before. */
export class LiveScreen {
  readonly #write: (text: string) => void;
  #drawnLines = 0;

  /** Draws with a function that writes to the terminal. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws lines in place of those drawn last. */
  draw(lines: readonly string[]): void {
    // Up to the block's first line, and away with all below it.
    const clear = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A\x1b[J` : "";
    this.#write(clear + lines.map((line) => line + "\n").join(""));
    this.#drawnLines = lines.length;
  }
}
