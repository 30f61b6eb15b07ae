import { assertEquals, assertStringIncludes } from "@std/assert";
import { formatExampleFile } from "./example_file.ts";
import { readIni } from "./ini.ts";
import { count, seconds, text } from "./setting.ts";

const words = Array.from({ length: 40 }, (_, i) => `word${i}`).join(" ");

const example = formatExampleFile({
  role: "dns",
  schema: {
    reporter: {
      doc: "Where reporter is",
      alias: "repoter",
      settings: {
        port: count({ doc: "Its port", default: 7779, max: 65535 }),
        idleTimeoutMs: seconds({
          key: "idle_timeout",
          doc: "How long",
          detail: words,
          default: 1.5,
          max: 9,
          reload: true,
        }),
      },
    },
    mysql: {
      doc: "A database",
      detail: "Away at times.",
      settings: { password: text({ key: "db_passwd", doc: "A password", default: "" }) },
    },
  },
});

Deno.test("formatExampleFile() tells each setting's meaning, values, default, and when it counts", () => {
  assertStringIncludes(
    example,
    [
      "# Where reporter is.",
      "# It may be called [repoter], too.",
      "[reporter]",
      "",
      "# Its port.",
      "# Takes a whole number from 0 to 65535. Default: 7779.",
      ";port = 7779",
      "",
      "# How long.",
      "# word0 ",
    ].join("\n"),
  );
  assertStringIncludes(
    example,
    [
      "# Takes a number of seconds from 0 to 9. Default: 1.5. Reloads on SIGHUP.",
      ";idle_timeout = 1.5",
      "",
      "",
      "# A database.",
      "# Away at times.",
      "[mysql]",
      "",
      "# A password.",
      "# Takes any text. Default: nothing.",
      ";db_passwd =",
      "",
    ].join("\n"),
  );
});

Deno.test("formatExampleFile() breaks long lines between words", () => {
  const lines = example.split("\n").filter((line) => line.startsWith("# word"));
  assertEquals(lines.map((line) => line.slice(2)).join(" "), words);
  assertEquals(lines.filter((line) => line.length > 100), []);
});

Deno.test("formatExampleFile() makes a file that sets nothing", () => {
  const { sections, entries, ignored } = readIni(example);
  assertEquals(sections.map(({ name }) => name), ["reporter", "mysql"]);
  assertEquals([entries, ignored], [[], []]);
});
