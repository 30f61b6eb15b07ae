/**
 * Which settings a program has, by section, and what is near to a name that none of them has.
 *
 * @module
 */

import { nearestWord } from "./nearest.ts";
import { keyOf, type Setting } from "./setting.ts";

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

/** Every setting of a schema, in its order, with its names in a file and in code. */
export function* settingsOf(
  schema: OptionsSchema,
): Generator<{ section: string; name: string; key: string; setting: Setting<unknown> }> {
  for (const [section, { settings }] of Object.entries(schema)) {
    for (const [name, setting] of Object.entries(settings)) {
      yield { section, name, key: keyOf(name, setting), setting };
    }
  }
}

/** The names of a schema, as they stand in a file. */
export class KnownNames {
  /** The sections. */
  readonly sections: readonly string[];
  readonly #schema: OptionsSchema;

  /** The names of this schema. */
  constructor(schema: OptionsSchema) {
    this.sections = Object.keys(schema);
    this.#schema = schema;
  }

  /** The section that goes by this name or alias. */
  sectionOf(name: string): string | undefined {
    return this.sections.find((section) =>
      section === name || this.#schema[section].alias === name
    );
  }

  /** The setting of a section that has this key. */
  settingOf(section: string, key: string): Setting<unknown> | undefined {
    const entries = Object.entries(this.#schema[section].settings);
    return entries.find(([name, setting]) => keyOf(name, setting) === key)?.[1];
  }

  /** What is wrong with a section that there is not: "is not known: did you mean …". */
  unknownSection(name: string): string {
    const nearest = nearestWord(name, this.sections);
    const known = this.sections.map((section) => `[${section}]`).join(", ");
    return nearest === undefined
      ? `is not known: known are ${known}`
      : `is not known: did you mean [${nearest}]? Known are ${known}`;
  }

  /** What is wrong with a key that a section does not have. */
  unknownKey(section: string, key: string): string {
    const keys = this.keysOf(section);
    const nearest = nearestWord(key, keys);
    const known = keys.join(", ");
    return nearest === undefined
      ? `is not known${this.hintAtSection(key)}: known are ${known}`
      : `is not known: did you mean ${nearest}? Known are ${known}`;
  }

  /** The keys of a section. */
  keysOf(section: string): string[] {
    return Object.entries(this.#schema[section].settings).map(([name, setting]) =>
      keyOf(name, setting)
    );
  }

  /** The sections that have such a key. */
  hintAtSection(key: string): string {
    const sections = this.sections
      .filter((section) => this.keysOf(section).includes(key))
      .map((section) => `[${section}]`);
    return sections.length === 0 ? "" : ` (there is one in ${sections.join(", ")})`;
  }

  /** The setting that a line without "=" may be about. */
  hintAtKey(word: string | undefined): string {
    const keys = this.sections.flatMap((section) => this.keysOf(section));
    return word !== undefined && keys.includes(word) ? `: did you mean ${word} = …?` : "";
  }
}
