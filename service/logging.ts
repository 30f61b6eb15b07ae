/**
 * The log: configured once in every thread, written to stderr, a whole line at a time. Who logs what is the services'
 * business: they use LogTape's getLogger(["lars", role, part]).
 *
 * @module
 */

import { configureSync, type LogRecord } from "@logtape/logtape";
import { formatJson, formatText } from "./log_format.ts";

/** Log this and worse. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** How lines are written; auto is text on a terminal and JSON elsewhere. */
export type LogFormat = "auto" | "text" | "json";

/** The values of `[log]`; plain, so that they can be handed to a worker. */
export interface LogConfig {
  /** Log this and worse. */
  readonly level: LogLevel;
  /** How lines are written. */
  readonly format: LogFormat;
}

/**
 * Sets up this thread's log. Called once in the main thread and once in every worker; calling it again replaces what
 * was set up.
 */
export function configureLogging({ level, format }: LogConfig): void {
  const formatLine = chooseFormat(format);
  configureSync({
    reset: true,
    sinks: { stderr: (record) => writeLine(formatLine(record)) },
    loggers: [
      { category: "lars", sinks: ["stderr"], lowestLevel: level },
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "warning" },
    ],
  });
}

function chooseFormat(format: LogFormat): (record: LogRecord) => string {
  const isTerminal = Deno.stderr.isTerminal();
  if (format === "json" || (format === "auto" && !isTerminal)) return formatJson;
  const color = isTerminal && !Deno.noColor;
  return (record) => formatText(record, { color });
}

/**
 * Writes a line with as few writes as the system allows, so that lines of several threads do not mix. A line that
 * cannot be written is lost: a service outlives whoever read its log.
 */
function writeLine(line: string): void {
  let rest: Uint8Array = new TextEncoder().encode(line + "\n");
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.WouldBlock;
}
