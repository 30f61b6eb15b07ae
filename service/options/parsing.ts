/**
 * How a setting's text becomes its value: what its builders share.
 *
 * @module
 */

import * as v from "valibot";

/** The value that a text stands for, or what is wrong with it: "must be …". */
export type Parsed<Value> = { ok: true; value: Value } | { ok: false; mistake: string };

/** What is said of a text that is none of those that a setting takes. */
export function must(takes: string): string {
  return `must be ${takes}`;
}

/** Has valibot parse. */
export function parserOf<Value>(
  schema: v.GenericSchema<string, Value>,
): (text: string) => Parsed<Value> {
  return (text) => {
    const result = v.safeParse(schema, text, { abortPipeEarly: true });
    if (result.success) return { ok: true, value: result.output };
    return { ok: false, mistake: result.issues[0].message };
  };
}

/** The first group of a pattern, where a text begins so. */
export function leading(pattern: RegExp): (text: string) => string | undefined {
  return (text) => pattern.exec(text)?.[1];
}
