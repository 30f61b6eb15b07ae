/**
 * One role as a process of its own: its log kept, its "ready" line waited for, and an end that nobody asked for noticed.
 *
 * @module
 */

import { LineWriter } from "../../service/observe/line_writer.ts";
import { formatJson } from "../../service/observe/log_format.ts";
import { reasonOf } from "../../service/mod.ts";
import { CommandError } from "../cli/command.ts";
import { stopped } from "../terminal/stop_signal.ts";
import { roleCommand, type RoleName } from "./role_task.ts";

const READY_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 5_000;
/** As long is waited for the last lines of its log to be written. */
const FLUSH_MS = 500;
/** How much of its log is shown when a role ends by itself. */
const LAST_LINES = 10;

/** What a role is started with. */
export interface RoleProcessOptions {
  /** Which role. */
  name: RoleName;
  /** Its command line. */
  args: readonly string[];
  /** Where its log goes. */
  logPath: string;
  /** Called with its process id. */
  onStart(pid: number): Promise<void>;
  /** Takes each line of its log as well. */
  onLine?(line: string): void;
  /** Aborted when the start is to be given up. */
  signal: AbortSignal;
}

/** The addresses that a role's "ready" line gives. */
export interface RoleAddresses {
  /** Where it serves. */
  listen: string;
  /** Where /metrics is. */
  admin: string;
}

/** A role that serves. */
export class RoleProcess {
  /** Resolves, once the role has ended without being stopped, with what to tell about it. */
  readonly failed: Promise<CommandError>;
  readonly #name: RoleName;
  readonly #child: Deno.ChildProcess;
  readonly #logPath: string;
  readonly #lastLines: string[] = [];
  readonly #logged: Promise<void>;
  #isStopping = false;
  #onReady?: (addresses: RoleAddresses) => void;

  /**
   * Starts a role and waits until it serves.
   *
   * @returns The role, or undefined when `signal` was aborted first; nothing of it is left then.
   * @throws {CommandError} When it ended instead, or was not ready in time.
   */
  static async start(
    options: RoleProcessOptions,
  ): Promise<{ role: RoleProcess; addresses: RoleAddresses } | undefined> {
    const role = new RoleProcess(options);
    const ready = new Promise<RoleAddresses>((resolve) => role.#onReady = resolve);
    await options.onStart(role.#child.pid);
    const deadline = new AbortController();
    const outcome = await Promise.race([
      ready,
      role.failed,
      stopped(AbortSignal.any([options.signal, deadline.signal]), READY_DEADLINE_MS),
    ]);
    deadline.abort();
    if (outcome === undefined) {
      await role.stop();
      if (options.signal.aborted) return undefined;
      throw role.#error(`was not ready within ${READY_DEADLINE_MS / 1000} s`);
    }
    if (outcome instanceof CommandError) throw outcome;
    return { role, addresses: outcome };
  }

  private constructor({ name, args, logPath, onLine }: RoleProcessOptions) {
    this.#name = name;
    this.#logPath = logPath;
    const command = roleCommand(name);
    this.#child = new Deno.Command(command.program, {
      args: [...command.args, ...args],
      cwd: command.cwd,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      // Ctrl-C reaches this process alone, which then stops the roles in their order.
      detached: true,
    }).spawn();
    this.#logged = this.#keepLog(onLine);
    this.failed = new Promise((resolve) => {
      Promise.all([this.#child.status, this.#logged]).then(([{ code }]) => {
        if (!this.#isStopping) resolve(this.#error(`ended with exit code ${code}`));
      });
    });
  }

  /** Asks it to stop, and ends it when it has not within 5 s. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), STOP_DEADLINE_MS);
    await this.#child.status;
    clearTimeout(timer);
    await this.#logged;
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #keepLog(onLine?: (line: string) => void): Promise<void> {
    using file = await this.#openLog();
    const log = file && new LineWriter({
      write: (bytes) => file.write(bytes),
      formatLost: (lines) =>
        formatJson({
          level: "warning",
          logger: "lars.up",
          message: "{lines} lines of this log could not be written and are lost",
          timeMs: Date.now(),
          properties: { lines },
        }),
    });
    for await (const line of readLines(this.#child.stderr)) {
      log?.put(line);
      onLine?.(line);
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
      const addresses = parseReady(line);
      if (addresses !== undefined) this.#onReady?.(addresses);
    }
    await log?.flush(FLUSH_MS);
  }

  /** A role runs without a log where there can be none. */
  async #openLog(): Promise<Deno.FsFile | undefined> {
    try {
      return await Deno.open(this.#logPath, { write: true, create: true, truncate: true });
    } catch (error) {
      const reason = reasonOf(error);
      console.error(`lars: Cannot keep the log of ${this.#name} in ${this.#logPath}: ${reason}`);
    }
  }

  #error(what: string): CommandError {
    const lines = this.#lastLines.map((line) => `\n  ${line}`).join("");
    return new CommandError(
      `${this.#name} ${what}: its whole log is ${this.#logPath}, its last lines are${lines}`,
    );
  }
}

/** The addresses of a role's "ready" line; undefined for any other line. */
export function parseReady(line: string): RoleAddresses | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { message, listen, admin } = JSON.parse(line);
    return message === "ready" ? { listen, admin } : undefined;
  } catch {
    return undefined;
  }
}

/** The lines of a stream, without their ends. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
