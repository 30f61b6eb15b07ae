/**
 * The log: configured once in every thread, written to stderr, a whole line at a time. Who logs what is the services'
 * business: they use logger.ts.
 *
 * A service outlives whoever reads its log, and waits for nobody: see line_writer.ts. So whoever ends a thread or the
 * process has the last lines written first, by {@link flushLog}.
 *
 * The level can change while the process runs. It is kept in memory that all threads share, so a change reaches each of
 * them at once, without a message, also one that is started later as the replacement of another.
 *
 * @module
 */

import { beforeWorkerEnds } from "../../reactor/threads/worker_entry.ts";
import { LineWriter, LostLines } from "./line_writer.ts";
import { formatJson, formatText } from "./log_format.ts";
import { getLogger, LOG_LEVELS, type LogLevel, type LogRecord, setLogSink } from "./logger.ts";

/** How lines are written; auto is text on a terminal and JSON elsewhere. */
export type LogFormat = "auto" | "text" | "json";

/** The values of `[log]`; plain, so that they can be handed to a worker. */
export interface LogConfig {
  /** Log this and worse. */
  readonly level: LogLevel;
  /** How lines are written. */
  readonly format: LogFormat;
  /** What all threads share; made by {@link shareLog}. */
  readonly shared?: SharedLog;
}

/** The memory that the logs of all threads share. */
export interface SharedLog {
  /** Where the level in force is, in place of {@link LogConfig.level}. */
  readonly level: SharedArrayBuffer;
  /** Where lost lines are counted. */
  readonly lost: SharedArrayBuffer;
}

/** As long is waited for lines to be written before a thread or the process ends, ms. */
const FLUSH_MS = 1000;

let writer: LineWriter | undefined;
let lost = new LostLines();

/** Makes a configuration for several threads, whose level {@link setLogLevel} changes in all of them. */
export function shareLog(config: LogConfig): LogConfig & { shared: SharedLog } {
  const shared = { level: new SharedArrayBuffer(4), lost: new LostLines().buffer };
  setLogLevel(shared, config.level);
  return { ...config, shared };
}

/** Logs this and worse from now on, wherever the level is shared. */
export function setLogLevel({ level: memory }: SharedLog, level: LogLevel): void {
  Atomics.store(new Int32Array(memory), 0, LOG_LEVELS.indexOf(level));
}

/**
 * Sets up this thread's log, which also takes what is printed by `console`. Called once in the main thread and once in
 * every worker; calling it again replaces what was set up.
 */
export function configureLogging(config: LogConfig): void {
  const format = chooseFormat(config.format);
  const { shared } = config.shared === undefined ? shareLog(config) : { shared: config.shared };
  const level = new Int32Array(shared.level);
  const isFirst = writer === undefined;
  lost = new LostLines(shared.lost);
  writer = new LineWriter({
    write: (bytes) => Deno.stderr.write(bytes),
    formatLost: (lines) =>
      format({
        level: "warning",
        logger: "lars.log",
        message: "{lines} lines of the log could not be written and are lost",
        timeMs: Date.now(),
        properties: { lines },
      }),
    lost,
  });
  setLogSink((record) => {
    if (LOG_LEVELS.indexOf(record.level) >= Atomics.load(level, 0)) writer?.put(format(record));
  });
  logConsole();
  if (isFirst && "DedicatedWorkerGlobalScope" in globalThis) logUncaught();
  beforeWorkerEnds(flushLog);
}

/** Resolves when this thread's lines are written, or after a time, by default a second. */
export async function flushLog(withinMs: number = FLUSH_MS): Promise<void> {
  await writer?.flush(withinMs);
}

/** How many lines of this process's log were lost since its start. */
export function lostLogLines(): number {
  return lost.total;
}

/** Left to itself, console has the thread wait for whoever reads, and throws when a disk is full. */
function logConsole(): void {
  const log = getLogger("lars", "console");
  const to = (write: (message: string) => void) => (...values: unknown[]) =>
    write(values.map((value) => typeof value === "string" ? value : Deno.inspect(value)).join(" "));
  const { debug, info, warn, error } = log;
  Object.assign(console, {
    debug: to(debug),
    log: to(info),
    info: to(info),
    warn: to(warn),
    error: to(error),
  });
}

/** A worker is replaced when something throws through its event loop; where that was is known here alone. */
function logUncaught(): void {
  const log = getLogger("lars", "worker");
  globalThis.addEventListener("error", ({ error }) => log.error("A thread threw", { error }));
  globalThis.addEventListener(
    "unhandledrejection",
    ({ reason }) => log.error("A thread threw", { error: reason }),
  );
}

function chooseFormat(format: LogFormat): (record: LogRecord) => string {
  const isTerminal = Deno.stderr.isTerminal();
  if (format === "json" || (format === "auto" && !isTerminal)) return formatJson;
  const color = isTerminal && !Deno.noColor;
  return (record) => formatText(record, { color });
}
