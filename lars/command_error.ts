/**
 * The failure of a command for a reason that its user can act on.
 *
 * @module
 */

/** A command could not be done. The message is what its user sees, and says what to do. */
export class CommandError extends Error {
  /** Always "CommandError". */
  override readonly name = "CommandError";
  /** The message's lines, each of which makes sense alone. */
  readonly lines: readonly string[];

  /** Made of one line, or of one for each thing that is wrong. */
  constructor(lines: string | readonly string[]) {
    super([lines].flat().join("\n"));
    this.lines = [lines].flat();
  }
}
