/**
 * Stand-in for `jsr:@std/ini`, for machines that cannot reach JSR: parse and stringify with the same names and meaning.
 * Without the `links` line in deno.json the real package takes its place.
 *
 * @module
 */

export * from "./parse.ts";
export * from "./stringify.ts";
