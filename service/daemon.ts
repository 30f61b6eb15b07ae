/**
 * The life of a role's process: flags and configuration, start, signals, stop, exit code. What a service does between
 * start and stop is its own business.
 *
 * @module
 */

import { giveUpLibc } from "../reactor/libc.ts";
import { raiseDescriptorLimit } from "./descriptor_limit.ts";
import { ConfigError, ExitCode, FatalError, reasonOf, UsageError } from "./errors.ts";
import { formatHelp, formatSettings, parseRoleFlags } from "./options/flags.ts";
import { getLogger, type Logger } from "./observe/logger.ts";
import {
  configureLogging,
  flushLog,
  type LogConfig,
  setLogLevel,
  type SharedLog,
  shareLog,
} from "./observe/logging.ts";
import { loadOptions, type Options, type OptionSources, reloadOptions } from "./options/options.ts";
import type { OptionsSchema, OptionValues } from "./options/options_schema.ts";
import type { LogSection } from "./options/sections.ts";
import { VERSION } from "./version.ts";
import { writeText } from "./observe/line_writer.ts";

/** The same signal again within this time is the same wish. */
const ECHO_MS = 500;

/** How long a service may take to stop. */
const STOP_DEADLINE_MS = 5000;

/** A schema that a daemon can have: it says how to log. */
export interface DaemonSchema extends OptionsSchema {
  /** See {@link LogSection}. */
  readonly log: LogSection;
}

/** A running service. */
export interface Service<Values> {
  /** What it serves, for the log's "ready" line: `{ listen: "127.0.0.1:7778", admin: … }`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Takes no more work, finishes what is under way, and gives everything back. */
  stop(): Promise<void>;
  /**
   * Takes over what can change while it runs, as its settings say; the log's level is changed already.
   *
   * @throws {Error} When something of it is of no use; all stays as it was.
   */
  reload(values: Values): void;
}

/** What a running service can do to its process. */
export interface Process {
  /** Ends it, as the service cannot go on; with the exit code of a {@link FatalError}, else 1. */
  fail(error: Error): void;
}

/** A program that runs until it is told to stop. */
export interface Role<Schema extends DaemonSchema> {
  /** Its name: `dns`. */
  name: string;
  /** What it does, in one line, for --help. */
  summary: string;
  /** What it can be told. */
  schema: Schema;
  /**
   * Whether it calls the C library for as long as it runs: see reactor/libc.ts.
   *
   * @default false
   */
  callsLibc?: boolean;
  /** Starts the service, and resolves when it serves; whether it is ready is a matter for /readyz. */
  start(values: OptionValues<Schema>, process: Process): Promise<Service<OptionValues<Schema>>>;
}

/**
 * Runs a role, as the whole of its process. It ends by {@link Deno.exit}: 0 when stopped by SIGTERM or SIGINT within
 * five seconds, 1 when it failed, could not start or stop, or was signalled twice, 2 when the flags or the configuration
 * are wrong, and what {@link FatalError} says.
 *
 * @example
 * ```ts ignore
 * await runDaemon({ name: "dns", summary: "…", schema: dnsSchema, start: DnsService.start });
 * ```
 */
export async function runDaemon<Schema extends DaemonSchema>(
  role: Role<Schema>,
  args: readonly string[] = Deno.args,
): Promise<void> {
  const sources = readCommandLine(role, args);
  const options = orExitOnMistake(() => loadOptions(role.schema, sources));
  await new Daemon(role, { sources, options }).run();
}

/** Answers the flags that ask for a text, and gives the sources of the configuration for all others. */
function readCommandLine<Schema extends DaemonSchema>(
  { name, summary, schema }: Role<Schema>,
  args: readonly string[],
): OptionSources {
  return orExitOnMistake(() => {
    const { config, set, ...flags } = parseRoleFlags(args);
    const sources = { file: config, set };
    const command = Deno.build.standalone ? `lars-${name}` : `deno task ${name}`;
    if (flags.help) exitWith(formatHelp({ command, summary, schema }));
    if (flags.version) exitWith(`lars-${name} ${VERSION} (Deno ${Deno.version.deno})`);
    if (flags.printConfig) {
      const { settings, warnings } = loadOptions(schema, sources);
      writeText(Deno.stderr, warnings.map((warning) => `${warning}\n`).join(""));
      exitWith(formatSettings(settings));
    }
    return sources;
  });
}

function exitWith(output: string): never {
  const failure = writeText(Deno.stdout, `${output}\n`);
  if (failure === undefined || failure.isReaderGone) Deno.exit(ExitCode.ok);
  writeText(Deno.stderr, `Cannot print: ${failure.error.message}\n`);
  Deno.exit(ExitCode.failed);
}

function orExitOnMistake<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    writeText(Deno.stderr, `${error.message}\n`);
    Deno.exit(ExitCode.usage);
  }
}

/** One run of a role, from start to exit. */
class Daemon<Schema extends DaemonSchema> {
  readonly #role: Role<Schema>;
  readonly #sources: OptionSources;
  readonly #log: Logger;
  readonly #sharedLog: SharedLog;
  readonly #warnings: readonly string[];
  #values: OptionValues<Schema>;
  #service?: Service<OptionValues<Schema>>;
  #isReloadDue = false;
  #isStopping = false;
  #stopSignal?: { signal: string; atMs: number };

  constructor(
    role: Role<Schema>,
    { sources, options }: { sources: OptionSources; options: Options<Schema> },
  ) {
    const { values, warnings } = options;
    const log = shareLog(logConfigOf(values));
    configureLogging(log);
    this.#role = role;
    this.#sources = sources;
    this.#log = getLogger("lars", role.name);
    this.#sharedLog = log.shared;
    this.#values = { ...values, log };
    this.#warnings = warnings;
  }

  async run(): Promise<void> {
    this.#exitOnUncaught();
    this.#warnOfIgnored(this.#warnings);
    if (Deno.build.standalone) {
      raiseDescriptorLimit((message) => this.#log.warn(message));
      if (!this.#role.callsLibc) giveUpLibc();
    }
    Deno.addSignalListener("SIGTERM", () => this.#stop("SIGTERM"));
    Deno.addSignalListener("SIGINT", () => this.#stop("SIGINT"));
    Deno.addSignalListener("SIGHUP", () => this.#reload());
    try {
      this.#service = await this.#role.start(this.#values, {
        fail: (error) => void this.#fail(error),
      });
    } catch (error) {
      return await this.#fail(error);
    }
    if (this.#isStopping) return;
    this.#log.info("ready", { ...this.#service.addresses });
    if (this.#isReloadDue) this.#reload();
  }

  async #stop(signal: string): Promise<void> {
    if (this.#isStopping) {
      if (this.#isEcho(signal)) return;
      this.#log.warn("Stopped at once by a second {signal}", { signal });
      return await this.#exit(ExitCode.failed);
    }
    this.#isStopping = true;
    this.#stopSignal = { signal, atMs: performance.now() };
    this.#log.info("stopping", { signal });
    setTimeout(() => {
      this.#log.error("Cannot stop in time: gave up after {deadlineMs} ms", {
        deadlineMs: STOP_DEADLINE_MS,
      });
      this.#exit(ExitCode.failed);
    }, STOP_DEADLINE_MS);
    try {
      // Without a service the start is still under way, and there is no work to finish.
      await this.#service?.stop();
    } catch (error) {
      return await this.#fail(error);
    }
    this.#log.info("stopped");
    await this.#exit(ExitCode.ok);
  }

  /** A signal to the whole group comes twice: by itself, and passed on by the task runner that this was started with. */
  #isEcho(signal: string): boolean {
    const first = this.#stopSignal;
    return first?.signal === signal && performance.now() - first.atMs < ECHO_MS;
  }

  #reload(): void {
    if (this.#isStopping) return;
    // What is starting has taken its configuration already.
    this.#isReloadDue = this.#service === undefined;
    if (this.#service === undefined) return;
    try {
      const { values, changed, needRestart, warnings } = reloadOptions(this.#role.schema, {
        running: this.#values,
        sources: this.#sources,
      });
      this.#warnOfIgnored(warnings);
      setLogLevel(this.#sharedLog, logConfigOf(values).level);
      this.#service.reload(values);
      this.#values = values;
      this.#log.info("reloaded", { changed });
      if (needRestart.length === 0) return;
      this.#log.warn("Restart to have what else changed in the configuration", { needRestart });
    } catch (error) {
      setLogLevel(this.#sharedLog, logConfigOf(this.#values).level);
      const mistakes = error instanceof ConfigError ? error.mistakes : [reasonOf(error)];
      for (const mistake of mistakes) this.#log.error(`Cannot reload: ${mistake}`);
      if (error instanceof ConfigError) this.#warnOfIgnored(error.warnings);
    }
  }

  #warnOfIgnored(warnings: readonly string[]): void {
    for (const what of warnings) this.#log.warn("Configuration: {what}", { what });
  }

  /** Nothing throws through the event loop on purpose: what does is a fault in the program. */
  #exitOnUncaught(): void {
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      void this.#fail(event.error, { isFault: true });
    });
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      void this.#fail(event.reason, { isFault: true });
    });
  }

  /** Where an error says what to do, its stack says nothing more; a fault in the program is found by it. */
  async #fail(error: unknown, { isFault = false } = {}): Promise<never> {
    const stack = isFault && error instanceof Error ? { stack: error.stack } : {};
    this.#log.fatal(reasonOf(error), stack);
    this.#log.debug("It was thrown here", { error });
    return await this.#exit(error instanceof FatalError ? error.exitCode : ExitCode.failed);
  }

  /** Ends the process as the first who asks for it says, once the log is written. */
  async #exit(code: number): Promise<never> {
    this.#isStopping = true;
    await flushLog();
    Deno.exit(code);
  }
}

/** Every {@link DaemonSchema} has these values; TypeScript cannot tell while the schema is open. */
function logConfigOf({ log }: { log: unknown }): LogConfig {
  return log as LogConfig;
}
