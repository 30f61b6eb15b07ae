/**
 * How code logs: what happened, and in which part of Lars. Where records go is configured once in every thread, see
 * logging.ts; until then they are dropped.
 *
 * Every thread loads this, so it is small: a log library of the usual size costs each of an agent's seven threads some
 * 2.6 MB.
 *
 * @module
 */

/** Severities, in rising order. A fatal record ends the process. */
export const LOG_LEVELS = ["debug", "info", "warning", "error", "fatal"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One event in the log. */
export interface LogRecord {
  /** Its severity. */
  level: LogLevel;
  /** The part of Lars that logged it: `lars.dns.watcher`. */
  logger: string;
  /** What happened; `{name}` stands for the property of that name. */
  message: string;
  /** When, Unix ms. */
  timeMs: number;
  /** Further values, by name. */
  properties: Readonly<Record<string, unknown>>;
}

/** Logs for one part of Lars. Each method takes a message, in which `{name}` stands for the property of that name. */
export type Logger = Record<
  "debug" | "info" | "warn" | "error" | "fatal",
  (message: string, properties?: Readonly<Record<string, unknown>>) => void
>;

/** What receives every record of this thread. */
export type LogSink = (record: LogRecord) => void;

let currentSink: LogSink = () => {};

/** Sends all records of this thread there from now on; returns where they went before. */
export function setLogSink(sink: LogSink): LogSink {
  const before = currentSink;
  currentSink = sink;
  return before;
}

/** Gives the logger of a part: `getLogger("lars", "dns")`. It may be kept, and made before any sink is set. */
export function getLogger(...category: string[]): Logger {
  const logger = category.join(".");
  const at = (level: LogLevel): Logger["info"] => (message, properties = {}) =>
    currentSink({ level, logger, message, timeMs: Date.now(), properties });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warning"),
    error: at("error"),
    fatal: at("fatal"),
  };
}

/** Makes the error hook of a router in a part of a role, such as `["dns", "handlers"]`. */
export function handlerErrorLog(
  [role, part]: readonly [string, string],
): (error: unknown, msgid: number) => void {
  const log = getLogger("lars", role, part);
  return (error, msgid) => log.error("A handler threw", { msgid, error });
}
