/**
 * What one setting is: its key, its default, what it means, which values it takes, and when a new one counts; and a
 * builder for every kind of setting. Every value arrives as text, from whichever source, and leaves typed. Reading the sources is options.ts's
 * business.
 *
 * @module
 */

import * as v from "valibot";
import { type Network, parseIpv4, parseNetwork } from "../../proto/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { MAX_TOKEN_BYTES } from "../gate/admission.ts";
import { type Parsed, readTextFile } from "./text_file.ts";

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
const LEADING_WORD = /^(\S+)\s/;
const BEFORE_COMMENT = /^(.*?)\s+(?:;|#|\/\/)/;
/** How people write on and off. */
const FLAG_WORDS: ReadonlyMap<string, string> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, "1"] as const),
  ...["0", "false", "no", "off"].map((word) => [word, "0"] as const),
]);
// Also with "_", which names given by container engines have.
const HOST_NAME = /^\w([\w-]{0,61}\w)?(\.\w([\w-]{0,61}\w)?)*\.?$/;
const IPV6_ENDPOINT = /^(\[|\S*:\S*:)/;
/** One that is shorter could be guessed. */
const MIN_TOKEN_BYTES = 16;
const TOKEN = new RegExp(`^[!-+\\--~]{${MIN_TOKEN_BYTES},${MAX_TOKEN_BYTES}}$`);
const MAX_PORT = 65535;
const HOST = "an IPv4 address or a host name";
const IPV4 = "an IPv4 address such as 127.0.0.1";
const NO_IPV6 = "must be IPv4: Lars does not speak IPv6";
const NOTHING_GIVEN: GivenSections = { named: new Set(), set: new Set() };

/** Any text. */
export function text(options: SettingOptions<string> & { secret?: boolean }): Setting<string> {
  return { ...options, takes: "any text", parse: parserOf(v.string()) };
}

/** Where a snapshot is kept; "off" is nowhere, undefined. */
export function snapshotPath(options: SettingOptions<string>): Setting<string | undefined> {
  return {
    ...options,
    takes: "the path of a file, or off",
    parse: (path) => ({ ok: true, value: path === "off" ? undefined : path }),
  };
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
export function count(
  { min = 0, max, ...options }: SettingOptions<number> & Range,
): Setting<number> {
  const takes = `a whole number from ${min} to ${max}`;
  return {
    ...withText(options),
    takes,
    parse: parserOf(numberSchema(WHOLE, { takes, min, max })),
    partOf: leading(LEADING_WHOLE),
  };
}

/** A number, fractions allowed. */
export function decimal(
  { min = 0, max, ...options }: SettingOptions<number> & Range,
): Setting<number> {
  const takes = `a number from ${min} to ${max}`;
  return {
    ...withText(options),
    takes,
    parse: parserOf(numberSchema(DECIMAL, { takes, min, max })),
    partOf: leadingDecimal,
  };
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
export function seconds(
  { min = 0, max, ...options }: SettingOptions<number> & Range,
): Setting<number> {
  const takes = `a number of seconds from ${min} to ${max}`;
  return {
    ...withText(options),
    unit: "seconds",
    takes,
    parse: parserOf(v.pipe(
      numberSchema(DECIMAL, { takes, min, max }),
      v.transform((sec) => Math.round(sec * 1000)),
    )),
    partOf: leadingDecimal,
  };
}

/** A length of time written in milliseconds, whole. */
export function millis(
  { min = 0, max, ...options }: SettingOptions<number> & Range,
): Setting<number> {
  const takes = `a whole number of milliseconds from ${min} to ${max}`;
  return {
    ...withText(options),
    unit: "ms",
    takes,
    parse: parserOf(numberSchema(WHOLE, { takes, min, max })),
    partOf: leading(LEADING_WHOLE),
  };
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

/** An IPv4 address, dotted. */
export function ipv4(options: SettingOptions<string>): Setting<string> {
  return {
    ...options,
    takes: IPV4,
    parse: parserOf(ipv4Schema()),
    partOf: leading(LEADING_WORD),
  };
}

/** An IPv4 address, dotted, or nothing. */
export function optionalIpv4(
  options: Omit<SettingOptions<string>, "default">,
): Setting<string | undefined> {
  return {
    ...options,
    default: "",
    takes: `${IPV4}, or nothing`,
    parse: parserOf(orNothing(ipv4Schema())),
    partOf: leading(LEADING_WORD),
  };
}

/** A host to connect to: an IPv4 address, or a name. */
export function host(options: SettingOptions<string>): Setting<string> {
  return {
    ...options,
    takes: HOST,
    parse: parserOf(hostSchema()),
    partOf: leading(LEADING_WORD),
  };
}

/** An IPv4 address or a name, or nothing. */
export function optionalHost(
  options: Omit<SettingOptions<string>, "default">,
): Setting<string | undefined> {
  return {
    ...options,
    default: "",
    takes: `${HOST}, or nothing`,
    parse: parserOf(orNothing(hostSchema())),
    partOf: leading(LEADING_WORD),
  };
}

/** Where servers of one kind are: `host:port, host:port`, or nothing. */
export function endpoints(
  options: Omit<SettingOptions<string>, "default">,
): Setting<readonly Endpoint[]> {
  const takes = "host:port, or several with commas between";
  return {
    ...options,
    default: "",
    takes: `${takes}, or nothing`,
    parse: parserOf(v.pipe(
      v.string(),
      v.transform((value) => value.split(",").map((item) => item.trim()).filter(Boolean)),
      v.check((items) => !items.some((item) => IPV6_ENDPOINT.test(item)), NO_IPV6),
      v.check((items) => items.every(isEndpoint), must(takes)),
      v.transform((items) => items.map(toEndpoint)),
    )),
    partOf: leading(BEFORE_COMMENT),
  };
}

/** Networks of addresses: `10.0.0.0/8, 192.168.1.7`, or nothing. */
export function networks(
  options: Omit<SettingOptions<string>, "default">,
): Setting<readonly Network[]> {
  const takes = "networks such as 10.0.0.0/8, or addresses, with commas between";
  return {
    ...options,
    default: "",
    takes: `${takes}, or nothing`,
    parse: parserOf(v.pipe(
      v.string(),
      v.transform((value) => value.split(",").map((item) => item.trim()).filter(Boolean)),
      v.check((items) => !items.some((item) => item.includes(":")), NO_IPV6),
      v.transform((items) => items.map(parseNetwork)),
      v.array(v.custom<Network>((item) => item !== undefined, must(takes))),
    )),
    partOf: leading(BEFORE_COMMENT),
  };
}

const TOKENS = `tokens of ${MIN_TOKEN_BYTES} to ${MAX_TOKEN_BYTES} visible ASCII characters`;

/** Tokens, or nothing. */
export function tokens(
  options: Omit<SettingOptions<string>, "default">,
): Setting<readonly string[]> {
  return {
    ...options,
    default: "",
    secret: true,
    takes: `${TOKENS} with commas between, or nothing`,
    parse: (text) => parseTokens(text.split(",")),
  };
}

/** The name of a file with a token in every line, or nothing. */
export function tokensFile(
  options: Omit<SettingOptions<string>, "default">,
): Setting<readonly string[]> {
  const file = fileContent(options);
  return {
    ...file,
    takes: `the name of a file that holds ${TOKENS}, one a line, or nothing`,
    parse(path) {
      const read = file.parse(path);
      if (!read.ok) return read;
      if (read.value === undefined) return { ok: true, value: [] };
      const parsed = parseTokens(read.value.split("\n"));
      // Whoever names a file wants to let in those who have its tokens, and nobody else.
      if (parsed.ok && parsed.value.length > 0) return parsed;
      return { ok: false, mistake: `must be a file that holds ${TOKENS}, one a line` };
    },
  };
}

/** The name of a file whose content is the value, without the line break at its end; or nothing. */
export function fileContent(
  options: Omit<SettingOptions<string>, "default">,
): Setting<string | undefined> {
  return {
    ...options,
    default: "",
    takes: "the name of a file that can be read, or nothing",
    parse: (path) => path === "" ? { ok: true, value: undefined } : parseFile(path),
  };
}

/** What a file in PEM may hold. */
export type PemContent = "certificate" | "key";

/** What that is called, and how it begins there. */
const PEM: Readonly<Record<PemContent, { what: string; begin: RegExp }>> = {
  certificate: {
    what: "a certificate in PEM",
    begin: /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/,
  },
  key: {
    what: "a key without a passphrase in PEM",
    begin: /-----BEGIN (?!ENCRYPTED)[A-Z ]*PRIVATE KEY-----/,
  },
};

/** The content of a file in PEM, which holds what it is to hold. */
export function pemContent(
  holds: PemContent,
  options: Omit<SettingOptions<string>, "default">,
): Setting<string | undefined> {
  const { what, begin } = PEM[holds];
  const setting = fileContent(options);
  return {
    ...setting,
    takes: `the name of a file that holds ${what}, or nothing`,
    parse(path) {
      const read = setting.parse(path);
      if (!read.ok || read.value === undefined || begin.test(read.value)) return read;
      return { ok: false, mistake: `must be a file that holds ${what}` };
    },
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

function parseFile(path: string): Parsed<string> {
  const result = readTextFile(path);
  return result.ok ? { ok: true, value: result.value.replace(/\r?\n$/, "") } : result;
}

function parseTokens(items: readonly string[]): Parsed<readonly string[]> {
  const value = items.map((item) => item.trim()).filter(Boolean);
  if (value.every((token) => TOKEN.test(token))) return { ok: true, value };
  return { ok: false, mistake: must(TOKENS) };
}

function parserOf<Value>(schema: v.GenericSchema<string, Value>): (text: string) => Parsed<Value> {
  return (text) => {
    const result = v.safeParse(schema, text, { abortPipeEarly: true });
    if (result.success) return { ok: true, value: result.output };
    return { ok: false, mistake: result.issues[0].message };
  };
}

function leading(pattern: RegExp): (text: string) => string | undefined {
  return (text) => pattern.exec(text)?.[1];
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

function must(takes: string): string {
  return `must be ${takes}`;
}

function withText<Options extends SettingOptions<number>>(
  options: Options,
): Omit<Options, "default"> & { default: string } {
  return { ...options, default: String(options.default) };
}

function numberSchema(
  pattern: RegExp,
  { takes, min, max }: { takes: string; min: number; max: number },
): v.GenericSchema<string, number> {
  return v.pipe(
    v.string(),
    v.regex(pattern, must(takes)),
    v.transform(Number),
    v.minValue(min, must(takes)),
    v.maxValue(max, must(takes)),
  );
}

function hostSchema(): v.GenericSchema<string, string> {
  return v.pipe(
    v.string(),
    v.check((value) => !value.includes(":"), NO_IPV6),
    v.check(isHostName, must(HOST)),
  );
}

function ipv4Schema(): v.GenericSchema<string, string> {
  return v.pipe(
    v.string(),
    v.check((value) => !value.includes(":"), NO_IPV6),
    v.check(isIpv4, must(IPV4)),
  );
}

function orNothing(
  schema: v.GenericSchema<string, string>,
): v.GenericSchema<string, string | undefined> {
  const nothing = v.pipe(v.literal(""), v.transform(() => undefined));
  return v.lazy((value) => value === "" ? nothing : schema);
}

function isIpv4(value: string): boolean {
  return parseIpv4(value) !== undefined;
}

/** Whether a text is an IPv4 address or a host name; what has only digits and dots must be a good address. */
export function isHostName(value: string): boolean {
  if (/^[\d.]*$/.test(value)) return isIpv4(value);
  return value.length <= 253 && HOST_NAME.test(value);
}

function isEndpoint(item: string): boolean {
  const [hostname, digits = ""] = item.split(":");
  const port = Number(digits);
  return isHostName(hostname) && WHOLE.test(digits) && port >= 1 && port <= MAX_PORT;
}

function toEndpoint(item: string): Endpoint {
  const [hostname, digits] = item.split(":");
  return { hostname, port: Number(digits) };
}
