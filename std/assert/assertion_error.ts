/**
 * The error that every failed assertion throws.
 *
 * @module
 */

/** A failed assertion. */
export class AssertionError extends Error {
  /** Makes the error from its message. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Throws an {@link AssertionError} that says `what`, and the caller's own `msg` when there is one. */
export function failWith(what: string, msg?: string): never {
  throw new AssertionError(msg ? `${what}: ${msg}` : `${what}.`);
}
