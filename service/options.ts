/**
 * A program's configuration: which settings it has, and their values out of a file, the environment and flags, each
 * source overriding the one before it. Every mistake is found before any is told. What one setting takes is setting.ts's
 * business, what the flags look like flags.ts's.
 *
 * @module
 */

import { ConfigError } from "./errors.ts";
import { readIni } from "./ini.ts";
import { defaultText, type GivenSections, keyOf, type Setting } from "./setting.ts";
import { readTextFile } from "./text_file.ts";

/** Settings by their names in code. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** A section of the configuration. */
export interface Section<Fields extends Settings = Settings> {
  /** What it is about, in one line. */
  readonly doc: string;
  /** What there is to know before changing it, in whole sentences; the example files tell it. */
  readonly detail?: string;
  /** A second name under which it may stand in a file. */
  readonly alias?: string;
  /** Its settings. */
  readonly settings: Fields;
}

/** All that a program can be told, by section. */
export type OptionsSchema = Readonly<Record<string, Section>>;

/** The typed values of a schema: `values.reactor.port` is a number. */
export type OptionValues<Schema extends OptionsSchema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends Section<infer Fields>
    ? { readonly [Key in keyof Fields]: Fields[Key] extends Setting<infer Value> ? Value : never }
    : never;
};

/** One setting as it is in force. */
export interface SettingInForce {
  /** Section and key as in a file: `reactor.port`. */
  path: string;
  /** As it was written, or as the default would be. */
  text: string;
  /**
   * Where it comes from: `dns.conf:12`, `LARS_REACTOR_PORT`, `--set`, `default`; or `default, as other sections are set`
   * where it would be another one without them.
   */
  origin: string;
  /** Whether the value must not be shown. */
  secret: boolean;
}

/** Where values come from, besides the defaults. */
export interface OptionSources {
  /** Path of an INI file. */
  file?: string;
  /** Reads a variable. Only those of known settings are asked for: listing them may not be allowed. @default Deno.env.get */
  env?: (variable: string) => string | undefined;
  /** Each `section.key=value`; the last one counts. */
  set?: readonly string[];
  /**
   * What becomes of sections of the file that the schema does not have: tools read the database out of any role's file.
   *
   * @default "refuse"
   */
  otherSections?: "refuse" | "ignore";
}

/** A configuration that was read without a mistake. */
export interface Options<Schema extends OptionsSchema> {
  /** What the program works with. */
  values: OptionValues<Schema>;
  /** The same for people, in the schema's order. */
  settings: SettingInForce[];
}

/**
 * Reads the configuration: defaults, then the file, then the environment (`LARS_SECTION_KEY`), then `--set`, the later
 * over the earlier.
 *
 * @throws {ConfigError} Listing every mistake in every source, also in values that are overridden.
 */
export function loadOptions<Schema extends OptionsSchema>(
  schema: Schema,
  sources: OptionSources = {},
): Options<Schema> {
  const reader = new OptionsReader(schema);
  if (sources.file !== undefined) {
    reader.readFile(sources.file, { otherSections: sources.otherSections ?? "refuse" });
  }
  reader.readEnvironment(sources.env ?? Deno.env.get);
  for (const assignment of sources.set ?? []) reader.readAssignment(assignment);
  return reader.finish() as Options<Schema>;
}

/** A configuration that was read anew while the program runs. */
export interface ReloadedOptions<Schema extends OptionsSchema> {
  /** What the program works with from now on: what can change without a restart is new, all else as it was. */
  values: OptionValues<Schema>;
  /** Which settings changed, and the program takes over: `loadbalance.probe_num`. */
  changed: string[];
  /** Which settings differ from what is in force, and need a restart. */
  needRestart: string[];
}

/**
 * Reads the configuration anew for a program that runs with `running`.
 *
 * @throws {ConfigError} Listing every mistake in every source.
 */
export function reloadOptions<Schema extends OptionsSchema>(
  schema: Schema,
  { running, sources }: { running: OptionValues<Schema>; sources: OptionSources },
): ReloadedOptions<Schema> {
  const found: AnyValues = loadOptions(schema, sources).values;
  const values: Record<string, Record<string, unknown>> = {};
  const changed: string[] = [];
  const needRestart: string[] = [];
  for (const { section, name, key, setting } of settingsOf(schema)) {
    const before = (running as AnyValues)[section][name];
    const after = found[section][name];
    (values[section] ??= {})[name] = setting.reload ? after : before;
    // Every value is made of plain data.
    if (JSON.stringify(before) === JSON.stringify(after)) continue;
    (setting.reload ? changed : needRestart).push(`${section}.${key}`);
  }
  return { values: values as OptionValues<Schema>, changed, needRestart };
}

/** The environment variable that gives a setting. */
export function variableOf(section: string, key: string): string {
  return `LARS_${section}_${key}`.toUpperCase();
}

/** Values of any schema. */
type AnyValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Every setting of a schema, in its order, with its names in a file and in code. */
function* settingsOf(
  schema: OptionsSchema,
): Generator<{ section: string; name: string; key: string; setting: Setting<unknown> }> {
  for (const [section, { settings }] of Object.entries(schema)) {
    for (const [name, setting] of Object.entries(settings)) {
      yield { section, name, key: keyOf(name, setting), setting };
    }
  }
}

/** A value out of one of the sources. */
interface Given {
  value: unknown;
  text: string;
  origin: string;
}

class OptionsReader {
  readonly #schema: OptionsSchema;
  readonly #given = new Map<Setting<unknown>, Given>();
  readonly #givenSections: Record<keyof GivenSections, Set<string>> = {
    named: new Set(),
    set: new Set(),
  };
  readonly #mistakes: string[] = [];

  constructor(schema: OptionsSchema) {
    this.#schema = schema;
  }

  readFile(path: string, { otherSections }: { otherSections: "refuse" | "ignore" }): void {
    const source = readTextFile(path);
    if (!source.ok) {
      this.#mistakes.push(`${path}: ${source.mistake}`);
      return;
    }
    const file = readIni(source.value);
    const mistakes = [...file.mistakes];
    for (const { name, line } of file.sections) {
      const section = this.#sectionOf(name);
      if (section !== undefined) this.#givenSections.named.add(section);
      else if (otherSections === "refuse") {
        mistakes.push({ line, message: this.#unknownSection(name) });
      }
    }
    for (const { section, key, text, line } of file.entries) {
      const name = section === undefined ? undefined : this.#sectionOf(section);
      if (name !== undefined) {
        const message = this.#give({ section: name, key, text, origin: `${path}:${line}` });
        if (message !== undefined) mistakes.push({ line, message });
      } else if (section === undefined) {
        mistakes.push({ line, message: `${key} must stand below a [section]` });
      }
    }
    mistakes.sort((a, b) => a.line - b.line);
    this.#mistakes.push(...mistakes.map(({ line, message }) => `${path}:${line}: ${message}`));
  }

  readEnvironment(env: (variable: string) => string | undefined): void {
    for (const { section, key } of settingsOf(this.#schema)) {
      const origin = variableOf(section, key);
      const text = env(origin);
      if (text === undefined) continue;
      const message = this.#give({ section, key, text, origin });
      if (message !== undefined) this.#mistakes.push(`${origin}: ${message}`);
    }
  }

  readAssignment(assignment: string): void {
    const [, name, key, text] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined) {
      // What is left of "=" tells which one is meant, and holds no password.
      this.#mistakes.push(`--set ${assignment.split("=")[0]}: must be section.key=value`);
      return;
    }
    const section = this.#sectionOf(name);
    const message = section === undefined
      ? this.#unknownSection(name)
      : this.#give({ section, key, text, origin: "--set" });
    if (message !== undefined) this.#mistakes.push(`--set ${name}.${key}: ${message}`);
  }

  finish(): Options<OptionsSchema> {
    if (this.#mistakes.length > 0) throw new ConfigError(this.#mistakes);
    const values: Record<string, Record<string, unknown>> = {};
    const settings: SettingInForce[] = [];
    for (const { section, name, key, setting } of settingsOf(this.#schema)) {
      const { value, text, origin } = this.#given.get(setting) ?? this.#default(setting);
      (values[section] ??= {})[name] = value;
      settings.push({ path: `${section}.${key}`, text, origin, secret: setting.secret ?? false });
    }
    return { values, settings };
  }

  /** The section that goes by this name or alias. */
  #sectionOf(name: string): string | undefined {
    return Object.keys(this.#schema).find((section) =>
      section === name || this.#schema[section].alias === name
    );
  }

  /** Takes a value from a source, or says what is wrong with it. */
  #give(
    { section, key, text, origin }: { section: string; key: string; text: string; origin: string },
  ): string | undefined {
    this.#givenSections.named.add(section);
    this.#givenSections.set.add(section);
    const entries = Object.entries(this.#schema[section].settings);
    const setting = entries.find(([name, setting]) => keyOf(name, setting) === key)?.[1];
    if (setting === undefined) {
      const known = entries.map(([name, setting]) => keyOf(name, setting)).join(", ");
      return `[${section}] ${key} is not known: known are ${known}`;
    }
    const result = setting.parse(text);
    if (!result.ok) {
      const current = setting.secret ? "not shown" : JSON.stringify(text);
      return `[${section}] ${key} ${result.mistake}: current value is ${current}`;
    }
    this.#given.set(setting, { value: result.value, text, origin });
  }

  #default(setting: Setting<unknown>): Given {
    const usual = defaultText(setting);
    const text = typeof setting.default === "string" ? usual : setting.default(this.#givenSections);
    const result = setting.parse(text);
    if (!result.ok) throw new TypeError(`Cannot use "${text}" as a default: it ${result.mistake}`);
    const origin = text === usual ? "default" : "default, as other sections are set";
    return { value: result.value, text, origin };
  }

  #unknownSection(name: string): string {
    const known = Object.keys(this.#schema).map((section) => `[${section}]`).join(", ");
    return `[${name}] is not known: known are ${known}`;
  }
}
