import { assertEquals } from "@std/assert";
import type { LogRecord } from "./logger.ts";
import { formatJson, formatText } from "./log_format.ts";

function record(fields: Partial<LogRecord> = {}): LogRecord {
  return {
    logger: "lars.dns",
    level: "info",
    message: "ready",
    timeMs: Date.UTC(2026, 0, 31, 12, 30, 5, 7),
    properties: {},
    ...fields,
  };
}

const cause = new Error("connection refused");
const error = Object.assign(new TypeError("Cannot read", { cause }), { stack: "stack" });

Deno.test("formatText() gives time, level, logger, message and properties", () => {
  const properties = { listen: "127.0.0.1:7778", modules: 3, why: "two words", none: "" };
  assertEquals(
    formatText(record({ properties }), { color: false }),
    '2026-01-31 12:30:05.007 info    lars.dns ready listen=127.0.0.1:7778 modules=3 why="two words" none=""',
  );
});

Deno.test("formatText() stays on one line whatever a message or property holds", () => {
  const evil = "a\nb\x1b[31m\r\tc";
  const line = formatText(record({ message: "x {evil} {none}", properties: { evil } }), {
    color: false,
  });
  assertEquals(
    line.slice(24),
    String.raw`info    lars.dns x a b [31m c {none} evil="a\nb\u001b[31m\r\tc"`,
  );
});

Deno.test("formatText() tells an error with its causes", () => {
  assertEquals(
    formatText(record({ message: "lost: {error}", properties: { error } }), { color: false })
      .slice(24),
    "info    lars.dns lost: TypeError: Cannot read: Error: connection refused " +
      'error="TypeError: Cannot read: Error: connection refused"',
  );
});

Deno.test("formatText() colors nothing but what it writes itself", () => {
  const line = formatText(record({ level: "error", properties: { a: 1 } }), { color: true });
  assertEquals(
    line,
    "\x1b[2m2026-01-31 12:30:05.007\x1b[0m \x1b[31merror  \x1b[0m \x1b[2mlars.dns\x1b[0m ready " +
      "\x1b[2ma=\x1b[0m1",
  );
});

Deno.test("formatJson() gives one object with the properties beside the fields", () => {
  const properties = { listen: "127.0.0.1:7778", count: 3n, error };
  assertEquals(JSON.parse(formatJson(record({ properties }))), {
    time: "2026-01-31T12:30:05.007Z",
    level: "info",
    logger: "lars.dns",
    message: "ready",
    listen: "127.0.0.1:7778",
    count: "3",
    error: {
      name: "TypeError",
      message: "Cannot read",
      stack: "stack",
      cause: { name: "Error", message: "connection refused", stack: cause.stack },
    },
  });
});

Deno.test("formatJson() lets no property hide a field", () => {
  const line = formatJson(record({ properties: { message: "x", level: "x", a: 1 } }));
  assertEquals(
    line,
    '{"time":"2026-01-31T12:30:05.007Z","level":"info","logger":"lars.dns","message":"ready","a":1}',
  );
});
