/**
 * The log: configured once in every thread, written to stderr, a whole line at a time. Who logs what is the services'
 * business: they use logger.ts.
 *
 * The level can change while the process runs. It is kept in memory that all threads share, so a change reaches each of
 * them at once, without a message, also one that is started later as the replacement of another.
 *
 * @module
 */

import { formatJson, formatText } from "./log_format.ts";
import { LOG_LEVELS, type LogLevel, type LogRecord, setLogSink } from "./logger.ts";

/** How lines are written; auto is text on a terminal and JSON elsewhere. */
export type LogFormat = "auto" | "text" | "json";

/** The values of `[log]`; plain, so that they can be handed to a worker. */
export interface LogConfig {
  /** Log this and worse. */
  readonly level: LogLevel;
  /** How lines are written. */
  readonly format: LogFormat;
  /** Where the level in force is, in place of {@link LogConfig.level}; made by {@link shareLogLevel}. */
  readonly sharedLevel?: SharedArrayBuffer;
}

/** Makes a configuration whose level {@link setLogLevel} changes in every thread that is configured with it. */
export function shareLogLevel(config: LogConfig): LogConfig & { sharedLevel: SharedArrayBuffer } {
  const shared = { ...config, sharedLevel: new SharedArrayBuffer(4) };
  setLogLevel(shared.sharedLevel, config.level);
  return shared;
}

/** Logs this and worse from now on, wherever the level is shared. */
export function setLogLevel(sharedLevel: SharedArrayBuffer, level: LogLevel): void {
  Atomics.store(new Int32Array(sharedLevel), 0, LOG_LEVELS.indexOf(level));
}

/**
 * Sets up this thread's log. Called once in the main thread and once in every worker; calling it again replaces what
 * was set up.
 */
export function configureLogging(config: LogConfig): void {
  const formatLine = chooseFormat(config.format);
  const level = new Int32Array(config.sharedLevel ?? shareLogLevel(config).sharedLevel);
  setLogSink((record) => {
    if (LOG_LEVELS.indexOf(record.level) >= Atomics.load(level, 0)) writeLine(formatLine(record));
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
