import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { formatHelp, formatSettings, parseRoleFlags } from "./flags.ts";
import { count, seconds } from "./setting.ts";

const none = { config: undefined, set: [], printConfig: false, help: false, version: false };

Deno.test("parseRoleFlags() reads every flag", () => {
  assertEquals(parseRoleFlags([]), none);
  assertEquals(
    parseRoleFlags(["--config", "dns.conf", "--set", "a.b=c=d", "--print-config", "--set=e.f=1"]),
    { ...none, config: "dns.conf", set: ["a.b=c=d", "e.f=1"], printConfig: true },
  );
  for (const word of ["--help", "-h"]) {
    assertEquals(parseRoleFlags([word]), { ...none, help: true });
  }
  for (const word of ["--version", "-V"]) {
    assertEquals(parseRoleFlags([word]), { ...none, version: true });
  }
});

Deno.test("parseRoleFlags() names everything that it does not know", () => {
  const error = assertThrows(
    () => parseRoleFlags(["start", "--conf=x", "-x", "--help", "--", "a"]),
    UsageError,
  );
  assertEquals(error.message, "Cannot take start --conf=x -x a: --help says what there is");
});

Deno.test("parseRoleFlags() refuses flags without their value", () => {
  for (const args of [["--config"], ["--config="], ["--config", "--help"]]) {
    assertThrows(() => parseRoleFlags(args), UsageError);
  }
});

Deno.test("formatSettings() lines its columns up and hides passwords", () => {
  const table = formatSettings([
    { path: "reactor.port", text: "7778", origin: "dns.conf:2", secret: false },
    { path: "mysql.db_passwd", text: "hush", origin: "LARS_MYSQL_DB_PASSWD", secret: true },
    { path: "a.b", text: "", origin: "default", secret: true },
  ]);
  assertEquals(
    table,
    [
      "reactor.port    = 7778         # dns.conf:2",
      "mysql.db_passwd = (not shown)  # LARS_MYSQL_DB_PASSWD",
      "a.b             =              # default",
    ].join("\n"),
  );
});

Deno.test("formatHelp() tells the flags, examples and every setting", () => {
  const schema = {
    reactor: {
      doc: "The server",
      settings: {
        port: count({ doc: "Where it listens", default: 7778, max: 65535 }),
        maxConn: count({ doc: "How many", default: 9, max: 99, reload: true }),
        idleTimeoutMs: seconds({ key: "idle_timeout", doc: "How long", default: 1.5, max: 9 }),
      },
    },
  };
  const help = formatHelp({ command: "lars-dns", summary: "Answers agents", schema });
  assertStringIncludes(help, "Answers agents\n\nUsage: lars-dns [flags]\n");
  for (const flag of ["--config", "--set", "--print-config", "--help", "--version"]) {
    assertStringIncludes(help, `\n  ${flag}`);
  }
  assertStringIncludes(help, "\n  lars-dns --config ");
  assertStringIncludes(help, "Those marked * can change");
  assertStringIncludes(
    help,
    [
      "  [reactor] The server",
      "    port = 7778         Where it listens",
      "  * maxConn = 9         How many",
      "    idle_timeout = 1.5  How long (seconds)",
    ].join("\n"),
  );
});
