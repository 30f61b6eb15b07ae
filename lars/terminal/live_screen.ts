/**
 * Lines that are drawn over again in place, on a terminal.
 *
 * @module
 */

/** How much a terminal shows. */
export interface ScreenSize {
  /** Characters in a line. */
  columns: number;
  /** Lines. */
  rows: number;
}

/** How much standard output's terminal shows; one that does not know its size, as under `script`, has room for all. */
export function terminalSize(): ScreenSize {
  const { columns, rows } = Deno.consoleSize();
  return { columns: columns || Infinity, rows: rows || Infinity };
}

/** Draws blocks of lines, each over the one before. */
export class LiveScreen {
  readonly #write: (text: string) => void;
  #drawnLines = 0;

  /** Draws with a function that writes to the terminal. */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws lines in place of those drawn last, cut to what the terminal shows: a line that wraps cannot be drawn over. */
  draw(lines: readonly string[], { columns, rows }: ScreenSize): void {
    // Up to the block's first line, and away with all below it.
    const clear = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A\x1b[J` : "";
    const shown = lines.slice(0, rows - 1).map((line) => cut(line, columns) + "\n");
    this.#write(clear + shown.join(""));
    this.#drawnLines = shown.length;
  }
}

/** A line's first characters; colours take no room, and are all kept so that none runs on. */
function cut(line: string, columns: number): string {
  let room = columns;
  // deno-lint-ignore no-control-regex -- a colour begins with the control character ESC
  return line.split(/(\x1b\[\d+m)/).map((part, i) => {
    if (i % 2 === 1) return part;
    const shown = part.slice(0, room);
    room -= shown.length;
    return shown;
  }).join("");
}
