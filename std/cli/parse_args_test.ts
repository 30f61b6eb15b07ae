import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli";

Deno.test("parseArgs() gives an option the next word, unless it is a boolean or the word an option", () => {
  const options = { string: ["config"], boolean: ["json"] } as const;
  assertEquals<unknown>(
    parseArgs(["--config", "a.ini", "--json", "up"], options),
    { config: "a.ini", json: true, _: ["up"] },
  );
  assertEquals<unknown>(
    parseArgs(["--config", "--json"], options),
    { config: "", json: true, _: [] },
  );
  assertEquals<unknown>(parseArgs(["--config=--json"], options), {
    config: "--json",
    json: false,
    _: [],
  });
  assertEquals<unknown>(parseArgs(["--port", "80", "up"]), { port: 80, _: ["up"] });
});

Deno.test("parseArgs() reads true and false after a boolean, or behind its =", () => {
  const options = { boolean: "json" } as const;
  assertEquals(parseArgs(["--json", "false", "x"], options).json, false);
  assertEquals(parseArgs(["--json", "true", "x"], options)._, ["x"]);
  assertEquals(parseArgs(["--json=false"], options).json, false);
  assertEquals(parseArgs(["--json=1"], options).json, true);
  assertEquals(parseArgs([], options).json, false);
});

Deno.test("parseArgs() makes numbers of what looks like one, except in string options", () => {
  const { _, a, b, c } = parseArgs(["--a", "1.5", "--b=0x10", "--c", "7", "-1x", "3", "3x"], {
    string: ["c"],
  });
  assertEquals<unknown>([a, b, c], [1.5, 16, "7"]);
  assertEquals(_, ["3x"]);
  assertEquals(parseArgs(["1", "10.0.0.1:80", "1e3"])._, [1, "10.0.0.1:80", 1000]);
  assertEquals<unknown>(parseArgs(["1", "2"], { string: ["_"] })._, ["1", "2"]);
});

Deno.test("parseArgs() keeps the last value, or all of a collected option", () => {
  const words = ["--set", "a=1", "--set=b=2", "--level", "info", "--level", "debug"];
  const args = parseArgs(words, { string: ["set", "level", "host"], collect: ["set", "host"] });
  const set: string[] = args.set;
  const level: string | undefined = args.level;
  assertEquals(set, ["a=1", "b=2"]);
  assertEquals(level, "debug");
  assertEquals(args.host, []);
});

Deno.test("parseArgs() sets every name of an option", () => {
  const options = {
    boolean: ["help"],
    string: ["config"],
    alias: { help: "h", config: ["c", "f"] },
  } as const;
  assertEquals<unknown>(parseArgs(["-h", "-c", "x.ini"], options), {
    help: true,
    h: true,
    config: "x.ini",
    c: "x.ini",
    f: "x.ini",
    _: [],
  });
});

Deno.test("parseArgs() lets the last of grouped short options take a value", () => {
  assertEquals<unknown>(parseArgs(["-ab", "x"]), { a: true, b: "x", _: [] });
  assertEquals<unknown>(parseArgs(["-ab", "x"], { boolean: ["b"] }), {
    a: true,
    b: true,
    _: ["x"],
  });
  assertEquals<unknown>(parseArgs(["-o", "-"]), { o: "-", _: [] });
  assertEquals<unknown>(parseArgs(["--out", "-"]), { out: true, _: ["-"] });
});

Deno.test("parseArgs() uses a default when the option is absent", () => {
  const options = {
    string: ["agent"],
    alias: { agent: "a" },
    default: { agent: "127.0.0.1:8888" },
  };
  const absent: string = parseArgs([], options).agent;
  assertEquals(absent, "127.0.0.1:8888");
  assertEquals(parseArgs([], options).a, "127.0.0.1:8888");
  assertEquals(parseArgs(["--agent=x:1"], options).agent, "x:1");
});

Deno.test("parseArgs() reads nothing after --", () => {
  assertEquals(parseArgs(["a", "--", "--b", "1"])._, ["a", "--b", "1"]);
});

Deno.test("parseArgs() asks about unknown options and positionals, and leaves out the refused", () => {
  const asked: unknown[][] = [];
  const args = parseArgs(["--known", "--typo=7", "up", "-x", "--config="], {
    boolean: ["known"],
    string: ["config"],
    unknown: (...word) => {
      asked.push(word);
      return false;
    },
  });
  assertEquals<unknown>(args, { known: true, _: [] });
  assertEquals(asked, [
    ["--typo=7", "typo", "7"],
    ["up"],
    ["-x", "x", true],
    ["--config=", "config=", true],
  ]);
});

Deno.test("parseArgs() takes no empty word as a value", () => {
  assertEquals<unknown>(parseArgs(["--config", ""], { string: ["config"] }), {
    config: "",
    _: [""],
  });
});
