import { assert, assertEquals, assertMatch } from "@std/assert";
import { exampleFileOf, ROLE_SCHEMAS } from "../conf/generate.ts";
import {
  arrangeMetrics,
  DOCUMENT,
  markOf,
  scrapeRoles,
  splitNames,
} from "../tools/document_metrics.ts";
import { findTable } from "../tools/markdown_table.ts";

const ROOT = new URL("../", import.meta.url);
const OPERATIONS = await Deno.readTextFile(DOCUMENT);

/** Folders whose code runs in a role. */
const ROLE_FOLDERS = ["reactor", "service", "sql", "dns", "reporter", "agent"];

/** The units of bounds that are not counted by one. */
const UNITS: Record<string, number> = {
  s: 1000,
  h: 3_600_000,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** The rows of the table after a mark in docs/operations.md. */
function rowsOf(mark: string): readonly (readonly string[])[] {
  const { table: [, ...rows] } = findTable(OPERATIONS, mark);
  assert(rows.length > 0, `the table ${mark} has no rows`);
  return rows;
}

/** What a cell says in code: "`a` or `b`" gives a and b. */
function codeOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code);
}

/** The TypeScript files below a folder that are no test's. */
function sourcesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, ROOT))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return name === "testdata" ? [] : sourcesIn(`${folder}/${name}`);
    return /(?<!_test|_fixture)\.ts$/.test(name) ? [`${folder}/${name}`] : [];
  });
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Every warning and worse in the code, as `level message`; those that pass on somebody else's message have none. */
function loggedInCode(): string[] {
  const call = /(?<!console)\.(warn|error|fatal)\(\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)/g;
  const found = ROLE_FOLDERS.flatMap(sourcesIn).flatMap((path) => [...read(path).matchAll(call)]);
  return found
    .map(([, level, quoted, template]) => {
      const message = quoted ?? template.replaceAll(/\$\{(?:.*?(\w+)\)?)\}/g, "{$1}");
      return `${level === "warn" ? "warning" : level} ${message}`;
    })
    .filter((line) => !/^\w+ \{\w+\}$/.test(line));
}

/** The figure of a bound as it is written for people, in the unit of the code: ms, bytes, or none. */
function figureOf(text: string): number {
  const [, figure, unit] = /^([\d,]+)(?: (\w+))?/.exec(text)!;
  return Number(figure.replaceAll(",", "")) * (UNITS[unit] ?? 1);
}

/** The value that a name is given in a file of the code: a number, or two of them joined by `<<`, `*` or `**`. */
function constantOf(name: string, path: string): number {
  const given = new RegExp(
    `\\b${name}(?::| =| \\?\\?) ([\\d_]+)(?: (<<|\\*\\*?) ([\\d_]+))?\\b`,
  );
  const [, left, operator, right] = given.exec(read(path)) ?? [];
  assert(left !== undefined, `${path} gives ${name} no number`);
  const [a, b] = [left, right ?? "1"].map((digits) => Number(digits.replaceAll("_", "")));
  return { "<<": a * 2 ** b, "*": a * b, "**": a ** b }[operator] ?? a;
}

/** The default of a setting, as its role's example file has it. */
function defaultOf(setting: string, role: string): number {
  const [, section, key] = /^\[(\w+)\] (\w+)$/.exec(setting)!;
  const text = Deno.readTextFileSync(exampleFileOf(role)).split(`\n[${section}]\n`)[1];
  const [, value] = new RegExp(`^;${key} = (\\d+)$`, "m").exec(text)!;
  return Number(value);
}

Deno.test("docs/operations.md names every metric that a role has, and no other (else: deno task metrics)", async () => {
  const tables = arrangeMetrics(await scrapeRoles());
  const names = new Set<string>();
  for (const [table, metrics] of tables) {
    const rows = rowsOf(markOf(table)).map(([name, ...cells]) => [codeOf(name)[0], ...cells]);
    assertEquals(
      rows.map(([name, help]) => `${name}: ${help}`),
      metrics.map(({ name, help }) => `${name}: ${help}`),
    );
    for (const [name, , advice] of rows) {
      assertMatch(advice, /[.?]$/, `${name}: what is to be done about it?`);
      for (const each of splitNames(name)) names.add(each);
    }
  }
  const named = OPERATIONS.matchAll(/\b(?:lars|process)_(?:\{[\w,]+\}_\w+|[a-z_]+_[a-z]+)\b/g);
  for (const name of [...named].flatMap(([text]) => splitNames(text))) {
    assert(names.has(name), `no role has the metric ${name}`);
  }
});

Deno.test("docs/operations.md names every warning and error that a role logs, and no other", () => {
  const named = rowsOf("log").map(([level, message]) => `${level} ${codeOf(message)[0]}`);
  assertEquals(named.toSorted(), [...new Set(loggedInCode())].toSorted());
});

Deno.test("docs/operations.md gives every limit as the code has it", () => {
  for (const [what, figure, place] of rowsOf("limits")) {
    const [name, path] = codeOf(place);
    const inCode = path in ROLE_SCHEMAS ? defaultOf(name, path) : constantOf(name, path);
    assertEquals(figureOf(figure), inCode, what);
  }
});

Deno.test("docs/operations.md gives every role's ports as they are by default", () => {
  for (const [role, ...ports] of rowsOf("ports")) {
    const figures = ports.map((port) => Number(/\d+/.exec(port)));
    const settings = ["[reactor] port", "[admin] port"];
    assertEquals(figures, settings.map((setting) => defaultOf(setting, role)), role);
  }
});

Deno.test("documents name files and folders that there are", async () => {
  const documents = ["README.md", "CONTRIBUTING.md"];
  for (const { name } of Deno.readDirSync(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) documents.push(`docs/${name}`);
  }
  const path =
    /`((?:agent|bench|client|conf|dns|docs|lars|proto|reactor|reporter|service|simulator|sql|testing|tests|tools)\/[\w./-]*)`/g;
  const missing: string[] = [];
  for (const document of documents) {
    for (const [, named] of read(document).matchAll(path)) {
      const exists = await Deno.stat(new URL(named, ROOT)).then(() => true, () => false);
      if (!exists) missing.push(`${document}: ${named}`);
    }
  }
  assertEquals(missing, []);
});
