/**
 * What the words of a command line mean. node:util splits them into tokens; everything else is here.
 *
 * @module
 */

import { parseArgs as splitArgs } from "node:util";

/** How {@link parseArgs} reads a command line. */
export interface ParseOptions<
  TBooleans extends string = string,
  TStrings extends string = string,
  TCollectable extends string = string,
  TDefault extends Record<string, unknown> = Record<string, unknown>,
> {
  /** Other names of an option: the result holds its value under every one of them. */
  alias?: Record<string, string | readonly string[]>;
  /** Options without a value; false when absent. */
  boolean?: TBooleans | readonly TBooleans[];
  /** Options whose value stays text; others that look like a number become one. "_" keeps positionals text. */
  string?: TStrings | readonly TStrings[];
  /** Options that may be repeated; the result is an array. */
  collect?: TCollectable | readonly TCollectable[];
  /** Values of options that are absent. */
  default?: TDefault;
  /** Called for every option that is not named above and every positional; false leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What {@link parseArgs} found. */
export type Args<
  TBooleans extends string = never,
  TStrings extends string = never,
  TCollectable extends string = never,
  TDefault extends Record<string, unknown> = Record<never, never>,
> =
  & Record<string, unknown>
  & { [Key in Exclude<TBooleans, TCollectable>]: boolean }
  & { [Key in Exclude<TStrings, TCollectable | keyof TDefault | "_">]?: string }
  & { [Key in Exclude<TStrings, TCollectable> & keyof TDefault]: TDefault[Key] | string }
  & { [Key in TStrings & TCollectable]: string[] }
  & { [Key in TBooleans & TCollectable]: boolean[] }
  & {
    /** The positionals, numbers where they look like it. */
    _: (string | number)[];
  };

/**
 * Reads a command line. An option takes the next word as its value, unless it is a boolean or the word begins with `-`.
 * Of the real function it leaves out what Lars does not use, such as dotted names, `negatable`, `stopEarly` and short
 * options glued to their value.
 *
 * @example
 * ```ts
 * import { parseArgs } from "@std/cli";
 *
 * parseArgs(["--set", "a=1", "up"], { string: ["set"], collect: ["set"] }); // { set: ["a=1"], _: ["up"] }
 * ```
 */
export function parseArgs<
  TBooleans extends string = never,
  TStrings extends string = never,
  TCollectable extends string = never,
  TDefault extends Record<string, unknown> = Record<never, never>,
>(
  args: string[],
  options: ParseOptions<TBooleans, TStrings, TCollectable, TDefault> = {},
): Args<TBooleans, TStrings, TCollectable, TDefault> {
  const aliases = collectAliases(options.alias ?? {});
  const booleans = withAliases(options.boolean, aliases);
  const strings = withAliases(options.string, aliases);
  const collectable = withAliases(options.collect, aliases);
  const isKnown = (key: string) =>
    [booleans, strings, collectable, aliases].some((names) => names.has(key));
  const terminator = args.indexOf("--");
  const words = terminator < 0 ? args : args.slice(0, terminator);
  const rest = terminator < 0 ? [] : args.slice(terminator + 1);
  const { tokens } = splitArgs({ args: words, options: {}, strict: false, tokens: true });
  const result: Record<string, unknown> & { _: (string | number)[] } = { _: [] };

  function setOption(key: string, value: string | boolean, word: string): void {
    if (!isKnown(key) && options.unknown?.(word, key, value) === false) return;
    const typed = typeof value === "string" && !strings.has(key) ? toNumber(value) : value;
    for (const name of [key, ...aliases.get(key) ?? []]) {
      const former = result[name];
      if (!collectable.has(key)) result[name] = typed;
      else if (Array.isArray(former)) former.push(typed);
      else result[name] = [typed];
    }
  }

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.kind === "option-terminator") continue;
    const word = words[token.index];
    if (token.kind === "positional") {
      if (options.unknown?.(word) !== false) {
        result._.push(strings.has("_") ? word : toNumber(word));
      }
      continue;
    }
    const isLong = word.startsWith("--");
    // "--name=" is an option called "name=", as in the real one.
    const key = token.value === "" ? `${token.name}=` : token.name;
    if (token.value) {
      setOption(key, booleans.has(key) ? token.value !== "false" : token.value, word);
    } else {
      // Of grouped short options only the last one can take the next word.
      const isLast = tokens[i + 1]?.index !== token.index;
      const next = isLast && tokens[i + 1]?.kind === "positional" ? words[token.index + 1] : "";
      const isText = next !== "" && !booleans.has(key) && !(isLong && next === "-");
      const isBoolean = !isText && (next === "true" || next === "false");
      if (isText || isBoolean) i++;
      if (isText) setOption(key, next, word);
      else setOption(key, isBoolean ? next === "true" : strings.has(key) ? "" : true, word);
    }
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    if (Object.hasOwn(result, key)) continue;
    for (const name of [key, ...aliases.get(key) ?? []]) result[name] = value;
  }
  for (const key of booleans) result[key] ??= collectable.has(key) ? [] : false;
  for (const key of strings) if (collectable.has(key)) result[key] ??= [];
  result._.push(...rest);
  return result as Args<TBooleans, TStrings, TCollectable, TDefault>;
}

/** Every name of an option with its other names. */
function collectAliases(alias: Record<string, string | readonly string[]>): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const [key, others] of Object.entries(alias)) {
    const names = [key, ...toArray(others)];
    for (const name of names) aliases.set(name, names.filter((other) => other !== name));
  }
  return aliases;
}

function withAliases(
  names: string | readonly string[] | undefined,
  aliases: Map<string, string[]>,
): Set<string> {
  return new Set(toArray(names).flatMap((name) => [name, ...aliases.get(name) ?? []]));
}

function toArray(names: string | readonly string[] | undefined): readonly string[] {
  return typeof names === "string" ? [names] : names ?? [];
}

function toNumber(text: string): string | number {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
