/**
 * Stand-in for `jsr:@std/ini`, for machines that cannot reach JSR: the part of it that Lars uses, with the same name and
 * meaning. Without the `links` line in deno.json the real package takes its place.
 *
 * @module
 */

export * from "./parse.ts";
