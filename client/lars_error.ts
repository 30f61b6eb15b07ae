/**
 * The one error of the client, told apart by its code.
 *
 * @module
 */

/**
 * Why the client could not do what it was asked:
 * - `overload`: all hosts of the module are overloaded; the call should be given up, or made later.
 * - `no_such_module`: the module has no route.
 * - `agent_unreachable`: no answer came from the agent in time, or one that makes no sense.
 * - `closed`: the client was closed, before the call or while it waited.
 * - `bad_argument`: an argument or option is not what it must be.
 */
export type LarsErrorCode =
  | "overload"
  | "no_such_module"
  | "agent_unreachable"
  | "closed"
  | "bad_argument";

/** What every method of the client throws. */
export class LarsError extends Error {
  /** The error's name, for those who cannot use `instanceof`. */
  override readonly name = "LarsError";
  /** What went wrong, for programs; the message says it for people, and what to do about it. */
  readonly code: LarsErrorCode;

  /** Makes an error of that code. */
  constructor(code: LarsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
