/**
 * The failure of a command for a reason that its user can act on.
 *
 * @module
 */

/** A command could not be done. The message is what its user sees, and says what to do. */
export class CommandError extends Error {
  /** Always "CommandError". */
  override readonly name = "CommandError";
}
