/**
 * Stand-in for `jsr:@std/cli` over node:util, for machines that cannot reach JSR: the part of parseArgs that Lars
 * uses, with the same names and meaning. Without the `links` line in deno.json the real package takes its place.
 *
 * @module
 */

export * from "./parse_args.ts";
