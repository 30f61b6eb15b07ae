/**
 * For tests that try many cases: whether they are to try all of them, as `make test ARGS=--thorough` has it, or some that
 * are drawn.
 *
 * @module
 */

/** The variable that says so. */
export const THOROUGH = "THOROUGH_TESTS";

/** Whether all cases are to be tried. Who may not read the variable tries some. */
export const isThorough: boolean = readsThorough();

function readsThorough(): boolean {
  const { state } = Deno.permissions.querySync({ name: "env", variable: THOROUGH });
  return state === "granted" && Deno.env.has(THOROUGH);
}
