/**
 * What one setting is: its key, its default, what it means, which values it takes, and when a new one counts; and the
 * builders of texts, words and numbers. Every value arrives as text, from whichever source, and leaves typed. Reading the
 * sources is options.ts's business.
 *
 * @module
 */

import * as v from "valibot";
import { leading, must, type Parsed, parserOf } from "./parsing.ts";

/** What the configuration says of sections, in whichever source. */
export interface GivenSections {
  /** Those that stand in the file, if only with their name, or have a setting. */
  readonly named: ReadonlySet<string>;
  /** Those that have a setting. */
  readonly set: ReadonlySet<string>;
}

/** One setting. */
export interface Setting<Value> {
  /**
   * Its key in a file, where that is not the name it has in code.
   *
   * @default the name in code
   */
  readonly key?: string;
  /** What it means, in one line. */
  readonly doc: string;
  /** What there is to know before changing it, in whole sentences; the example files tell it. */
  readonly detail?: string;
  /** Unit of the value as it is written, such as "seconds". */
  readonly unit?: string;
  /** Which values it takes: "a whole number from 1 to 10". */
  readonly takes: string;
  /**
   * Whether a running program takes over a new value on SIGHUP; otherwise one counts after a restart.
   *
   * @default false
   */
  readonly reload?: boolean;
  /** The text that holds where none is given; it may hang on which sections are given. */
  readonly default: string | ((given: GivenSections) => string);
  /** Turns the text into the value. */
  readonly parse: (text: string) => Parsed<Value>;
  /**
   * The part of a text that counts in a file where the whole of it is no value, as the reader of the C++ Lars sees it: the
   * number before other text, the address before a comment. Undefined where there is no such part.
   *
   * @default the whole text counts
   */
  readonly partOf?: (text: string) => string | undefined;
  /**
   * Whether the value must not be shown.
   *
   * @default false
   */
  readonly secret?: boolean;
}

/** What every builder is told. */
export interface SettingOptions<Default> {
  /** See {@link Setting.key}. */
  key?: string;
  /** See {@link Setting.doc}. */
  doc: string;
  /** See {@link Setting.detail}. */
  detail?: string;
  /** See {@link Setting.reload}. */
  reload?: boolean;
  /** The value that holds where none is given, as it would be written. */
  default: Default;
}

/** What a builder is told whose setting may be empty, and is unless it is given. */
export type OptionalSettingOptions = Omit<SettingOptions<string>, "default">;

/** An inclusive range, in the unit in which the value is written. */
export interface Range {
  /**
   * Smallest value.
   *
   * @default 0
   */
  min?: number;
  /** Largest value. */
  max: number;
}

const WHOLE = /^\d+$/;
const DECIMAL = /^(\d+\.?\d*|\.\d+)$/;
const LEADING_WHOLE = /^\+?(\d+)/;
const LEADING_DECIMAL = /^\+?((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;
/** How people write on and off. */
const FLAG_WORDS: ReadonlyMap<string, string> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, "1"] as const),
  ...["0", "false", "no", "off"].map((word) => [word, "0"] as const),
]);
const MAX_PORT = 65535;
const NOTHING_GIVEN: GivenSections = { named: new Set(), set: new Set() };

/** Any text. */
export function text(options: SettingOptions<string> & { secret?: boolean }): Setting<string> {
  return { ...options, takes: "any text", parse: parserOf(v.string()) };
}

/** One of the given words. */
export function choice<const Word extends string>(
  words: readonly Word[],
  options: SettingOptions<Word | ((given: GivenSections) => Word)>,
): Setting<Word> {
  const takes = `one of ${words.join(", ")}`;
  return {
    ...options,
    takes,
    parse: parserOf(v.picklist(words, must(takes))),
    partOf: (text) => choiceIn(text, words),
  };
}

/** A whole number. */
export function count(options: SettingOptions<number> & Range): Setting<number> {
  return numberSetting(options, { what: "a whole number", isWhole: true });
}

/** A number, fractions allowed. */
export function decimal(options: SettingOptions<number> & Range): Setting<number> {
  return numberSetting(options, { what: "a number" });
}

/** A share, 0 … 1. */
export function ratio(options: SettingOptions<number>): Setting<number> {
  return decimal({ ...options, max: 1 });
}

/** Written 1 or 0, for on and off. */
export function flag(options: SettingOptions<boolean>): Setting<boolean> {
  const takes = "1 (on) or 0 (off)";
  return {
    ...options,
    default: options.default ? "1" : "0",
    takes,
    parse: parserOf(v.pipe(
      v.picklist(["0", "1"], must(takes)),
      v.transform((word) => word === "1"),
    )),
    partOf: (text) => FLAG_WORDS.get(leadingLetters(text)),
  };
}

/** A length of time written in seconds, fractions allowed; the value is in milliseconds, whole. */
export function seconds(options: SettingOptions<number> & Range): Setting<number> {
  return numberSetting(options, {
    what: "a number of seconds",
    unit: "seconds",
    toValue: (sec) => Math.round(sec * 1000),
  });
}

/** A length of time written in milliseconds, whole. */
export function millis(options: SettingOptions<number> & Range): Setting<number> {
  return numberSetting(options, {
    what: "a whole number of milliseconds",
    unit: "ms",
    isWhole: true,
  });
}

/** A port to connect to. */
export function port(options: SettingOptions<number>): Setting<number> {
  return count({ ...options, min: 1, max: MAX_PORT });
}

/** A port to listen on; 0 is any that is free. */
export function listenPort(
  options: SettingOptions<number> & {
    /** @default 65535 */
    max?: number;
  },
): Setting<number> {
  return count({ max: MAX_PORT, ...options });
}

/** A setting that may also be empty, and is unless it is given. */
export function orNothing<Value>(
  setting: Omit<Setting<Value>, "default">,
): Setting<Value | undefined> {
  return {
    ...setting,
    default: "",
    takes: `${setting.takes}, or nothing`,
    parse: (text) => text === "" ? { ok: true, value: undefined } : setting.parse(text),
  };
}

/** What a setting is called in a file. */
export function keyOf(name: string, setting: Setting<unknown>): string {
  return setting.key ?? name;
}

/** What is written for a setting where nothing is: as long as nothing else is given, too. */
export function defaultText({ default: text }: Setting<unknown>): string {
  return typeof text === "string" ? text : text(NOTHING_GIVEN);
}

/** The word that a text begins with, in lower case. */
function leadingLetters(text: string): string {
  return /^([a-z]+|\d+)/i.exec(text)?.[1].toLowerCase() ?? "";
}

/** Of on and off, however they are written, too. */
function choiceIn(text: string, words: readonly string[]): string | undefined {
  const word = leadingLetters(text);
  const onOff = FLAG_WORDS.get(word) === "1" ? "on" : FLAG_WORDS.get(word) === "0" ? "off" : word;
  return words.find((known) => known === word) ?? words.find((known) => known === onOff);
}

/** Written without an exponent, as values are. */
function leadingDecimal(text: string): string | undefined {
  const number = LEADING_DECIMAL.exec(text)?.[1];
  return number?.match(/e/i) ? String(Number(number)) : number;
}

function numberSetting(
  { min = 0, max, ...options }: SettingOptions<number> & Range,
  { what, unit, isWhole = false, toValue = (written) => written }: {
    what: string;
    unit?: string;
    isWhole?: boolean;
    toValue?: (written: number) => number;
  },
): Setting<number> {
  const takes = `${what} from ${min} to ${max}`;
  return {
    ...options,
    default: String(options.default),
    unit,
    takes,
    parse: parserOf(v.pipe(
      v.string(),
      v.regex(isWhole ? WHOLE : DECIMAL, must(takes)),
      v.transform(Number),
      v.minValue(min, must(takes)),
      v.maxValue(max, must(takes)),
      v.transform(toValue),
    )),
    partOf: isWhole ? leading(LEADING_WHOLE) : leadingDecimal,
  };
}
