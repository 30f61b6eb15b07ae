/**
 * Stand-in for `jsr:@std/assert` over node:assert, for machines that cannot reach JSR: the part of it that Lars uses,
 * with the same names and signatures. Without the `links` line in deno.json the real package takes its place.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export * from "./throws.ts";
export * from "./values.ts";
