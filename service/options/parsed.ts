/**
 * What becomes of a text.
 *
 * @module
 */

/** The value that a text stands for, or what is wrong with it: "must be …". */
export type Parsed<Value> = { ok: true; value: Value } | { ok: false; mistake: string };
