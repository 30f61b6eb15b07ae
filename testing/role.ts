/**
 * For system tests: a role as a real process, with the permissions that its task in deno.json gives it.
 *
 * @module
 */

import { MetricsText } from "../lars/status/metrics_text.ts";
import { parseReady, type RoleAddresses } from "../lars/up/role_process.ts";
import { type RoleCommand, roleCommand, type RoleName } from "../lars/up/role_task.ts";
import { portOf } from "../lars/up/stack.ts";
import type { StoreConfig } from "../sql/mod.ts";
import { Program, setFlags } from "./process.ts";

/** The settings that have a role use a database. */
export function storeSettings(config: StoreConfig): string[] {
  if (config.driver === "sqlite") return [`store.path=${config.path}`];
  const { host, port, user, database, endpoints = [] } = config;
  return [
    "store.driver=mysql",
    `mysql.db_host=${host}`,
    `mysql.db_port=${port}`,
    `mysql.endpoints=${endpoints.map(({ hostname, port }) => `${hostname}:${port}`).join()}`,
    `mysql.db_user=${user}`,
    `mysql.db_name=${database}`,
  ];
}

/** The value of a metric at an admin address, summed over its labels. */
export async function readMetric(admin: string, name: string): Promise<number> {
  const response = await fetch(`http://${admin}/metrics`);
  return new MetricsText(await response.text()).sum(name) ?? 0;
}

/** How a role is started, where that is not as usual. */
export interface RoleOptions {
  /** Variables to add to its environment. */
  env?: Record<string, string>;
  /** Arguments besides --set. */
  args?: readonly string[];
  /**
   * What to start.
   *
   * @default its task
   */
  command?: RoleCommand;
  /** Where an agent may write: its task names ./data. */
  dataFolder?: string;
}

/** A role that serves. Disposing of it stops it, and throws for an exit code other than 0. */
export class Role implements AsyncDisposable {
  readonly #name: RoleName;
  readonly #settings: readonly string[];
  readonly #options: RoleOptions;
  #addresses!: RoleAddresses;
  #program!: Program;
  #isRunning = false;

  private constructor(name: RoleName, settings: readonly string[], options: RoleOptions) {
    this.#name = name;
    this.#settings = settings;
    this.#options = options;
  }

  /** Starts a role on free ports, and waits until it serves. */
  static async start(
    name: RoleName,
    settings: readonly string[],
    options: RoleOptions = {},
  ): Promise<Role> {
    const role = new Role(name, settings, options);
    await role.#spawn(["reactor.port=0", "admin.port=0"]);
    return role;
  }

  /** The port it serves on: of an agent, the first of three. */
  get port(): number {
    return portOf(this.#addresses.listen);
  }

  /** Where its admin server is: `127.0.0.1:7788`. */
  get admin(): string {
    return this.#addresses.admin;
  }

  /** Sends it a signal. */
  signal(signal: Deno.Signal): void {
    this.#program.signal(signal);
  }

  /** Takes lines of its log up to the one with this message, and gives its properties. */
  logged<Properties extends object>(message: string): Promise<Properties> {
    return this.#program.logged<Properties>(message);
  }

  /** All that it has logged so far, line by line. */
  get log(): readonly string[] {
    return this.#program.stderr.all;
  }

  /** Its process. */
  get pid(): number {
    return this.#program.pid;
  }

  /** The exit code of its present process, whenever it ends. */
  get exitCode(): Promise<number> {
    return this.#program.exitCode;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#isRunning = false;
    await this.#program.stop("SIGKILL");
  }

  /** Starts it again on the port it had, and waits until it serves. */
  async restart(): Promise<void> {
    await this.#spawn([`reactor.port=${this.port}`, "admin.port=0"]);
  }

  /** Stops it, and gives its exit code. */
  stop(): Promise<number> {
    this.#isRunning = false;
    return this.#program.stop();
  }

  /** Waits until it ends by itself, and gives its exit code. */
  async ended(): Promise<number> {
    const code = await this.#program.ended();
    this.#isRunning = false;
    return code;
  }

  /** The value of a metric, summed over its labels. */
  metric(name: string): Promise<number> {
    return readMetric(this.admin, name);
  }

  /** What it answers to GET of an admin path. */
  get(path: string): Promise<{ status: number; text: string }> {
    return this.#request("GET", path);
  }

  /** What it answers to POST to an admin path. */
  post(path: string): Promise<{ status: number; text: string }> {
    return this.#request("POST", path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isRunning) return;
    const code = await this.stop();
    if (code !== 0) throw new Error(`${this.#name} ended with exit code ${code}`);
  }

  async #request(method: string, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://${this.admin}${path}`, { method });
    return { status: response.status, text: await response.text() };
  }

  async #spawn(settings: readonly string[]): Promise<void> {
    const sets = [...this.#settings, "log.format=json", ...settings];
    const { dataFolder = "./data", command = roleCommand(this.#name) } = this.#options;
    const { program, cwd } = command;
    const words = command.args.map((word) =>
      word.replace("--allow-write=./data", `--allow-write=${dataFolder}`)
    );
    const { env, args = [] } = this.#options;
    this.#program = new Program([...words, ...setFlags(sets), ...args], {
      command: program,
      cwd,
      env,
    });
    this.#addresses = await this.#program.stderr.find(parseReady);
    this.#isRunning = true;
  }
}
