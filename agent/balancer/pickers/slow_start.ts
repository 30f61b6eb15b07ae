/**
 * The improvement `slowStartMs`: what part of its share a host gets that has just joined or come back.
 *
 * @module
 */

/** The part of its share that a host begins with. */
const FIRST_PART = 0.1;

/** The part of its full share, 0.1 … 1, that a host gets `idleMs` after it turned idle: it rises evenly in `slowStartMs`. */
export function slowStartPart(idleMs: number, slowStartMs: number): number {
  if (idleMs >= slowStartMs) return 1;
  return FIRST_PART + (1 - FIRST_PART) * (idleMs / slowStartMs);
}
