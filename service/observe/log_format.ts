/**
 * Log records as lines: text for people, JSON for programs.
 *
 * @module
 */

import type { LogRecord } from "./logger.ts";

const LEVEL_WIDTH = "warning".length;
const DIM = "2";
const LEVEL_COLORS: Record<LogRecord["level"], string> = {
  debug: "2",
  info: "32",
  warning: "33",
  error: "31",
  fatal: "1;31",
};

/**
 * For people: time in UTC, level, logger, message, properties. One line always, whatever a message or property holds.
 *
 * @example
 * ```text
 * 2026-01-31 12:00:00.000 info    lars.dns ready listen=127.0.0.1:7778
 * ```
 */
export function formatText(record: LogRecord, { color }: { color: boolean }): string {
  const time = new Date(record.timeMs).toISOString().replace("T", " ").slice(0, -1);
  const parts = [
    paint(time, DIM),
    paint(record.level.padEnd(LEVEL_WIDTH), LEVEL_COLORS[record.level]),
    paint(record.logger, DIM),
    onOneLine(messageOf(record)),
  ];
  for (const [name, value] of Object.entries(record.properties)) {
    parts.push(paint(`${name}=`, DIM) + textOf(value));
  }
  return parts.join(" ");

  function paint(text: string, code: string): string {
    return color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** For programs: one JSON object with time, level, logger and message, and the properties beside them. */
export function formatJson(record: LogRecord): string {
  const own = {
    time: new Date(record.timeMs).toISOString(),
    level: record.level,
    logger: record.logger,
    message: messageOf(record),
  };
  // Spread twice: first for their place in the line, last so that no property hides them.
  return JSON.stringify({ ...own, ...record.properties, ...own }, plain);
}

/** The message with its properties in place. */
export function messageOf({ message, properties }: LogRecord): string {
  return message.replace(/\{(\w+)\}/g, (placeholder, name) => {
    if (!Object.hasOwn(properties, name)) return placeholder;
    const value = properties[name];
    return value instanceof Error ? describe(value) : String(value);
  });
}

/** A bare word where that is clear, JSON elsewhere. */
function textOf(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(describe(value));
  if (typeof value === "string" && /^[\w.:/@+-]+$/.test(value)) return value;
  return JSON.stringify(value, plain) ?? String(value);
}

function onOneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]+/g, " ");
}

/** An error and its causes: `StoreError: Cannot read: Error: connection refused`. */
function describe(error: Error): string {
  const cause = error.cause === undefined
    ? ""
    : `: ${error.cause instanceof Error ? describe(error.cause) : String(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}

/** What JSON has no form for. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { name, message, stack, cause };
  }
  return typeof value === "bigint" ? String(value) : value;
}
