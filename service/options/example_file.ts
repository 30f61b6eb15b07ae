/**
 * The example file of a role: every setting with its meaning, what it takes and its default, made of the schema, so that
 * the file says what the program does. It is the manual of the configuration.
 *
 * @module
 */

import type { OptionsSchema, Section } from "./options_schema.ts";
import { defaultText, keyOf, type Setting } from "./setting.ts";
import { wrapLine } from "./wrap.ts";

/** Width of a comment. */
const COLUMNS = 100;

/** Whose example file it is. */
export interface ExampleFileOptions {
  /** The role: `dns`. */
  role: string;
  /** What it can be told. */
  schema: OptionsSchema;
}

/**
 * The text of an example file. Prose begins with `#`; settings are commented out with `;`, each as its default is
 * written, so the file as it is changes nothing.
 */
export function formatExampleFile({ role, schema }: ExampleFileOptions): string {
  const sections = Object.entries(schema).map(([name, section]) => formatSection(name, section));
  return `${[formatPreface(role), ...sections].join("\n\n\n")}\n`;
}

function formatPreface(role: string): string {
  return [
    `Configuration of lars-${role}. Every setting is here, commented out, as it is by default: remove the ";" before one to set ` +
    "it. Start with",
    `    deno task ${role} --config ${role}.conf     (as a binary: lars-${role} --config ${role}.conf)`,
    "A comment is a line of its own. A value runs to the end of its line; one pair of double quotes around it goes. Of a " +
    "key that comes twice the last one counts. Addresses are IPv4. Times are in seconds, fractions allowed, where the key " +
    "does not end in _ms.",
    "Files of the C++ Lars work as they are: what its reader passes over (sections and keys that are not known, lines " +
    "of another form, text behind a number) is ignored, with a warning for each; true and false are taken for 1 and 0. " +
    "What is wrong in a key that is known is a mistake.",
    "A setting can also be given in the environment, as LARS_SECTION_KEY (LARS_ADMIN_PORT=0), and on the command line, as " +
    "--set section.key=value. Defaults come first, then the file, the environment, and --set: the later counts. An empty " +
    "variable is none, and one that Kubernetes or Docker made of a service's name (LARS_REPORTER_PORT=tcp://…) is ignored. " +
    "--print-config shows what is in force and where each value comes from. With a mistake anywhere, all mistakes are " +
    "listed and nothing is started.",
    `Settings said to reload can change while it runs: have it read everything anew with SIGHUP (kill -HUP PID). Its ` +
    "log says what it took over, and what has changed but needs a restart. With a mistake anywhere, all stays as it was.",
    "Made by `deno task conf`, out of what the program itself knows.",
  ].map(comment).join("\n#\n");
}

function formatSection(name: string, { doc, detail, alias, settings }: Section): string {
  const about = [
    `${doc}.`,
    detail,
    alias === undefined ? undefined : `It may be called [${alias}], too.`,
  ];
  return [
    [...about.filter((text) => text !== undefined).map(comment), `[${name}]`].join("\n"),
    ...Object.entries(settings).map(([field, setting]) => formatSetting(field, setting)),
  ].join("\n\n");
}

function formatSetting(name: string, setting: Setting<unknown>): string {
  const { doc, detail, takes, reload } = setting;
  const text = defaultText(setting);
  const facts = [`Takes ${takes}.`, `Default: ${text || "nothing"}.`];
  if (reload) facts.push("Reloads on SIGHUP.");
  const about = [`${doc}.`, detail, facts.join(" ")].filter((text) => text !== undefined);
  return [...about.map(comment), `;${keyOf(name, setting)} = ${text}`.trimEnd()].join("\n");
}

/** Text as comment lines; what is indented stays one line. */
function comment(text: string): string {
  if (text.startsWith(" ")) return `#${text}`;
  return wrapLine(`# ${text}`, COLUMNS, { indent: "# " }).join("\n");
}
