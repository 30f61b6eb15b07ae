/**
 * A program's configuration: the values of its settings (options_schema.ts) out of a file, the environment and flags, each
 * source overriding the one before it. Every mistake is found before any is told. What one setting takes is setting.ts's
 * business, what the flags look like flags.ts's.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { readIni } from "./ini.ts";
import { nearestWord } from "./nearest.ts";
import { must, type Parsed } from "./parsing.ts";
import { KnownNames, type OptionsSchema, type OptionValues, settingsOf } from "./options_schema.ts";
import { defaultText, type GivenSections, type Setting } from "./setting.ts";
import { readTextFile } from "./text_file.ts";

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
  /**
   * Whether the sources were read before, as by {@link reloadOptions}: a pipe cannot be read twice.
   *
   * @default false
   */
  again?: boolean;
  /** Reads a variable. Only those of known settings are asked for: listing them may not be allowed. @default Deno.env.get */
  env?: (variable: string) => string | undefined;
  /** Each `section.key=value`; the last one counts. */
  set?: readonly string[];
  /**
   * Whether sections of the file that the schema does not have are passed over in silence: tools read the database out
   * of any role's file.
   *
   * @default false
   */
  isPart?: boolean;
}

/** A configuration that was read without a mistake. */
export interface Options<Schema extends OptionsSchema> {
  /** What the program works with. */
  values: OptionValues<Schema>;
  /** What was ignored, a line each, beginning with where it stands: `dns.conf:12: …`. */
  warnings: string[];
  /** The same for people, in the schema's order. */
  settings: SettingInForce[];
}

/**
 * Reads the configuration: defaults, then the file, then the environment (`LARS_SECTION_KEY`), then `--set`, the later
 * over the earlier.
 *
 * In a file, what the reader of the C++ Lars passes over is ignored with a warning: unknown sections and keys, lines of no
 * form, text behind a number. So is a variable that something else has set. What is wrong in a key that is known, and
 * all that is wrong in `--set`, is a mistake.
 *
 * @throws {ConfigError} Listing every mistake in every source, also in values that are overridden.
 */
export function loadOptions<Schema extends OptionsSchema>(
  schema: Schema,
  sources: OptionSources = {},
): Options<Schema> {
  const reader = new OptionsReader(schema);
  const { file, isPart = false, again = false } = sources;
  if (file !== undefined) reader.readFile(file, { isPart, again });
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
  /** What was ignored, as of {@link Options.warnings}. */
  warnings: string[];
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
  const loaded = loadOptions(schema, { ...sources, again: true });
  const found: AnyValues = loaded.values;
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
  return {
    values: values as OptionValues<Schema>,
    changed,
    needRestart,
    warnings: loaded.warnings,
  };
}

/** The environment variable that gives a setting. */
export function variableOf(section: string, key: string): string {
  return `LARS_${section}_${key}`.toUpperCase();
}

/** Values of any schema. */
type AnyValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A value out of one of the sources. */
interface Given {
  value: unknown;
  text: string;
  origin: string;
}

/** A value as it stands in a source. */
interface WrittenValue {
  section: string;
  key: string;
  text: string;
  origin: string;
}

/** Something about a line of a file. */
interface Note {
  line: number;
  message: string;
}

/** As many warnings of one file are told; who names the wrong file gets one for nearly every line of it. */
const MAX_FILE_WARNINGS = 30;

/**
 * Variables that are none of ours though their names are, and whose they are: for a service called lars-reporter,
 * Kubernetes sets `LARS_REPORTER_PORT=tcp://10.96.0.12:7779` in every pod, and Docker's links are alike.
 */
const OTHERS_VARIABLES: readonly { name: RegExp; value: RegExp; origin: string }[] = [
  {
    name: /PORT$/,
    value: /^[a-z][a-z\d+.-]*:\/\//i,
    origin: "a URL, as Kubernetes and Docker set for a service of that name",
  },
  {
    name: /_NAME$/,
    value: /^\/[\w.-]+\/[\w.-]+$/,
    origin: "the name of a link, as Docker sets for a container of that name",
  },
];

class OptionsReader {
  readonly #schema: OptionsSchema;
  readonly #known: KnownNames;
  readonly #given = new Map<Setting<unknown>, Given>();
  readonly #givenSections: Record<keyof GivenSections, Set<string>> = {
    named: new Set(),
    set: new Set(),
  };
  readonly #mistakes: string[] = [];
  readonly #warnings: string[] = [];

  constructor(schema: OptionsSchema) {
    this.#schema = schema;
    this.#known = new KnownNames(schema);
  }

  readFile(path: string, { isPart, again }: { isPart: boolean; again: boolean }): void {
    const source = readTextFile(path, { again });
    if (!source.ok) {
      this.#mistakes.push(`${path}: ${source.mistake}`);
      return;
    }
    const file = readIni(source.value);
    const mistakes: Note[] = [];
    const ignored: Note[] = file.ignored.map(({ line, message, word }) => ({
      line,
      message: message + this.#known.hintAtKey(word),
    }));
    for (const { name, line } of file.sections) {
      const section = this.#known.sectionOf(name);
      if (section !== undefined) this.#givenSections.named.add(section);
      else if (!isPart || nearestWord(name, this.#known.sections) !== undefined) {
        ignored.push({
          line,
          message: `[${name}] is ignored as it ${this.#known.unknownSection(name)}`,
        });
      }
    }
    /** Where each setting was last given. */
    const lines = new Map<Setting<unknown>, number>();
    for (const { section: written, key, text, line } of file.entries) {
      if (written === undefined) {
        const message = `${key} is ignored as it stands above the first [section]`;
        ignored.push({ line, message: message + this.#known.hintAtSection(key) });
        continue;
      }
      const section = this.#known.sectionOf(written);
      if (section === undefined) continue;
      const setting = this.#known.settingOf(section, key);
      if (setting === undefined) {
        const message = `[${section}] ${key} is ignored as it ${
          this.#known.unknownKey(section, key)
        }`;
        ignored.push({ line, message });
        continue;
      }
      const earlier = lines.get(setting);
      if (earlier !== undefined) {
        const message = `[${section}] ${key} is ignored as it comes again in line ${line}`;
        ignored.push({ line: earlier, message });
      }
      lines.set(setting, line);
      const given = { section, key, text, origin: `${path}:${line}` };
      const mistake = this.#give(given, setting);
      if (mistake === undefined) continue;
      const warning = this.#giveLoosely(given, setting);
      if (warning === undefined) mistakes.push({ line, message: mistake });
      else ignored.push({ line, message: warning });
    }
    this.#mistakes.push(...inOrder(path, mistakes));
    const warnings = inOrder(path, ignored);
    this.#warnings.push(...warnings.slice(0, MAX_FILE_WARNINGS));
    const more = warnings.length - MAX_FILE_WARNINGS;
    if (more > 0) {
      this.#warnings.push(`${path}: ${more} more are ignored: is this a configuration of Lars?`);
    }
  }

  readEnvironment(env: (variable: string) => string | undefined): void {
    for (const { section, key, setting } of settingsOf(this.#schema)) {
      const origin = variableOf(section, key);
      const read = readVariable(setting, { name: origin, env });
      // Who has nothing to say in `LARS_X=${x}` leaves it empty.
      if (read.ok && read.value === "") continue;
      const others = read.ok &&
        OTHERS_VARIABLES.find(({ name, value }) => name.test(origin) && value.test(read.value));
      if (others) {
        this.#warnings.push(
          `${origin}: the variable is ignored as it holds ${others.origin}: ` +
            `current value is ${JSON.stringify(read.value)}`,
        );
        continue;
      }
      const mistake = read.ok
        ? this.#give({ section, key, text: read.value, origin }, setting)
        : read.mistake;
      if (mistake !== undefined) this.#mistakes.push(`${origin}: ${mistake}`);
    }
  }

  readAssignment(assignment: string): void {
    const [, name, key, text] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined) {
      // Words and dots alone tell which one is meant, and hold no password.
      this.#mistakes.push(`--set ${/^[\w.]*/.exec(assignment)![0]}: must be section.key=value`);
      return;
    }
    const mistake = this.#assign({ section: name, key, text, origin: "--set" });
    if (mistake !== undefined) this.#mistakes.push(`--set ${name}.${key}: ${mistake}`);
  }

  finish(): Options<OptionsSchema> {
    if (this.#mistakes.length > 0) {
      throw new ConfigError(this.#mistakes, { warnings: this.#warnings });
    }
    const values: Record<string, Record<string, unknown>> = {};
    const settings: SettingInForce[] = [];
    for (const { section, name, key, setting } of settingsOf(this.#schema)) {
      const { value, text, origin } = this.#given.get(setting) ?? this.#default(setting);
      (values[section] ??= {})[name] = value;
      settings.push({ path: `${section}.${key}`, text, origin, secret: setting.secret ?? false });
    }
    return { values, settings, warnings: this.#warnings };
  }

  #assign(written: WrittenValue): string | undefined {
    const section = this.#known.sectionOf(written.section);
    if (section === undefined) {
      return `[${written.section}] ${this.#known.unknownSection(written.section)}`;
    }
    const setting = this.#known.settingOf(section, written.key);
    if (setting === undefined) {
      return `[${section}] ${written.key} ${this.#known.unknownKey(section, written.key)}`;
    }
    if (setting.secret) return this.#notOnCommandLine(section, written.key);
    return this.#give({ ...written, section }, setting);
  }

  /** Every user of a host can read the command lines there. */
  #notOnCommandLine(section: string, key: string): string {
    const ways = ["in the file of --config", `as ${variableOf(section, key)} in the environment`];
    const file = `${key}_file`;
    if (this.#known.keysOf(section).includes(file)) ways.push(`in a file that ${file} names`);
    return `[${section}] ${key} must not be on the command line, which others can read: give it ` +
      `${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}`;
  }

  /** Takes a value from a source, or says what is wrong with it. */
  #give(
    { section, key, text, origin }: WrittenValue,
    setting: Setting<unknown>,
  ): string | undefined {
    const result = setting.parse(text);
    if (!result.ok) return `[${section}] ${key} ${result.mistake}: ${currentValue(text, setting)}`;
    this.#givenSections.named.add(section);
    this.#givenSections.set.add(section);
    this.#given.set(setting, { value: result.value, text, origin });
  }

  /** Takes what can be taken of a value that is none as a whole, and says what is ignored; undefined where nothing can. */
  #giveLoosely(written: WrittenValue, setting: Setting<unknown>): string | undefined {
    const { section, key, text } = written;
    if (text === "") return `[${section}] ${key} is ignored as it has no value`;
    const part = setting.partOf?.(text);
    if (part === undefined) return undefined;
    if (this.#give({ ...written, text: part }, setting) !== undefined) return undefined;
    const taken = setting.secret ? "by what it begins with" : `as ${part}`;
    return `[${section}] ${key} is taken ${taken}, as it ${must(setting.takes)}: ` +
      currentValue(text, setting);
  }

  #default(setting: Setting<unknown>): Given {
    const usual = defaultText(setting);
    const text = typeof setting.default === "string" ? usual : setting.default(this.#givenSections);
    const result = setting.parse(text);
    if (!result.ok) throw new TypeError(`Cannot use "${text}" as a default: it ${result.mistake}`);
    const origin = text === usual ? "default" : "default, as other sections are set";
    return { value: result.value, text, origin };
  }
}

/**
 * A variable's value, empty where it is not set. A line break at its end was left by `$(…)`'s like or by a file of
 * variables from Windows; what else stands around a value matters in free text alone.
 */
function readVariable(
  { partOf }: Setting<unknown>,
  { name, env }: { name: string; env: (variable: string) => string | undefined },
): Parsed<string> {
  try {
    const text = (env(name) ?? "").replace(/[\r\n]+$/, "");
    return { ok: true, value: partOf === undefined ? text : text.trim() };
  } catch (error) {
    if (!(error instanceof Deno.errors.InvalidData)) throw error;
    return { ok: false, mistake: "must be UTF-8" };
  }
}

function currentValue(text: string, { secret = false }: Setting<unknown>): string {
  return `current value is ${secret ? "not shown" : JSON.stringify(text)}`;
}

function inOrder(path: string, notes: Note[]): string[] {
  return notes
    .sort((a, b) => a.line - b.line)
    .map(({ line, message }) => `${path}:${line}: ${message}`);
}
