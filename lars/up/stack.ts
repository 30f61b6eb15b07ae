/**
 * All roles on one machine: dns, reporter and agent as processes on one embedded database. Owns which ports they get and
 * the order in which they start and stop.
 *
 * @module
 */

import { SHARD_COUNT } from "../../proto/mod.ts";
import type { CommandError } from "../cli/command.ts";
import { Reaper } from "./reaper.ts";
import { RoleProcess } from "./role_process.ts";
import { type RoleName, ROLES } from "./role_task.ts";

/** How the roles are started. */
export interface StackOptions {
  /** The embedded database. */
  storePath: string;
  /** The folder that their logs go to. */
  logFolder: string;
  /** `section.key=value` for each role, over what the stack sets itself. */
  set: Readonly<Record<RoleName, readonly string[]>>;
  /** Takes each line that a role logs. */
  onLine?(name: RoleName, line: string): void;
  /** Aborted when the start is to be given up. */
  signal: AbortSignal;
}

/** A role that runs, as it is told to people. */
export interface RunningRole {
  /** Which role. */
  name: RoleName;
  /** Where it serves: `127.0.0.1:7778`. */
  listen: string;
  /** Where /metrics is. */
  admin: string;
}

/** The ports that the roles have unless they are taken. */
export const DEFAULT_PORTS: Readonly<Record<RoleName, { listen: number; admin: number }>> = {
  dns: { listen: 7778, admin: 7788 },
  reporter: { listen: 7779, admin: 7789 },
  agent: { listen: 8888, admin: 8898 },
};

/** The roles start one after the other, each with what is behind it: there is nothing to bridge. */
const SNAPSHOTS: Readonly<Record<RoleName, readonly string[]>> = {
  dns: ["dns.snapshot=off"],
  reporter: [],
  agent: ["agent.snapshot=off"],
};

/** The running roles. */
export class Stack implements AsyncDisposable {
  /** The roles, in the order of their start. */
  readonly roles: RunningRole[] = [];
  readonly #processes: RoleProcess[] = [];
  readonly #reaper = new Reaper();

  /**
   * Starts all roles, each once those that it needs are ready.
   *
   * @returns The stack, or undefined when `signal` was aborted first.
   * @throws {CommandError} When a role does not start; those that did are stopped.
   */
  static async start(options: StackOptions): Promise<Stack | undefined> {
    const stack = new Stack();
    try {
      for (const name of ROLES) {
        if (!await stack.#startRole(name, options)) {
          await stack[Symbol.asyncDispose]();
          return undefined;
        }
      }
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where a role serves: `127.0.0.1:8888`. */
  addressOf(name: RoleName): string {
    return this.roles.find((role) => role.name === name)!.listen;
  }

  /** Resolves when a role has ended by itself, with what to tell about it. */
  get failed(): Promise<CommandError> {
    return Promise.race(this.#processes.map(({ failed }) => failed));
  }

  /** Stops the roles, the last one first: nobody loses a server that it still needs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#processes.reverse()) await process.stop();
    await this.#reaper[Symbol.asyncDispose]();
  }

  async #startRole(name: RoleName, options: StackOptions): Promise<boolean> {
    const { storePath, logFolder, set, onLine, signal } = options;
    const ports = choosePorts(name);
    const settings = [
      `reactor.port=${ports.listen}`,
      `admin.port=${ports.admin}`,
      ...name === "agent" ? this.#serverSettings() : [`store.path=${storePath}`],
      ...SNAPSHOTS[name],
      ...set[name],
      "log.format=json",
    ];
    const started = await RoleProcess.start({
      name,
      args: settings.flatMap((setting) => ["--set", setting]),
      logPath: `${logFolder}/${name}.log`,
      onLine: onLine && ((line) => onLine(name, line)),
      onStart: (pid) => this.#reaper.watch(pid),
      signal,
    });
    if (started === undefined) return false;
    this.#processes.push(started.role);
    this.roles.push({ name, ...started.addresses });
    return true;
  }

  /** What tells the agent where its servers are. */
  #serverSettings(): string[] {
    return [
      `dnsserver.port=${portOf(this.addressOf("dns"))}`,
      `reporter.port=${portOf(this.addressOf("reporter"))}`,
    ];
  }
}

/** The port of `host:port`. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** A role's own ports where they are free, and 0, any free ones, where they are not. */
function choosePorts(name: RoleName): { listen: number; admin: number } {
  const { listen, admin } = DEFAULT_PORTS[name];
  const isListenFree = name === "agent"
    ? Array.from({ length: SHARD_COUNT }, (_, shard) => listen + shard).every(isUdpPortFree)
    : isTcpPortFree(listen);
  return { listen: isListenFree ? listen : 0, admin: isTcpPortFree(admin) ? admin : 0 };
}

function isTcpPortFree(port: number): boolean {
  return canOpen(() => Deno.listen({ hostname: "127.0.0.1", port }));
}

function isUdpPortFree(port: number): boolean {
  return canOpen(() => Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }));
}

function canOpen(open: () => { close(): void }): boolean {
  try {
    open().close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
