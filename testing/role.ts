/**
 * For system tests: a role as a real process, with the permissions that its task in deno.json gives it.
 *
 * @module
 */

import { childEnv } from "./child_env.ts";
import { readMetric } from "./metric.ts";
import { parseReady, readLines, type RoleAddresses } from "../lars/up/role_process.ts";
import { type RoleCommand, roleCommand, type RoleName } from "../lars/up/role_task.ts";
import { portOf } from "../lars/up/stack.ts";
import type { StoreConfig } from "../sql/mod.ts";
import { inTime } from "./until.ts";

/** The settings that have a role use a database. */
export function storeSettings(config: StoreConfig): string[] {
  if (config.driver === "sqlite") return [`store.path=${config.path}`];
  const { host, port, user, database } = config;
  return [
    "store.driver=mysql",
    `mysql.db_host=${host}`,
    `mysql.db_port=${port}`,
    `mysql.db_user=${user}`,
    `mysql.db_name=${database}`,
  ];
}

/** How a role is started, where that is not as usual. */
export interface RoleOptions {
  /** What its environment has besides. */
  env?: Record<string, string>;
  /**
   * What to start.
   *
   * @default its task
   */
  command?: RoleCommand;
}

/** A role that serves. Disposing of it has it stop, and finds fault with an exit code other than 0. */
export class Role implements AsyncDisposable {
  readonly #name: RoleName;
  readonly #settings: readonly string[];
  readonly #options: RoleOptions;
  #addresses!: RoleAddresses;
  #child!: Deno.ChildProcess;
  #logged!: Promise<void>;
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

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#isRunning = false;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#logged;
  }

  /** Starts it again on the port it had, and waits until it serves. */
  async restart(): Promise<void> {
    await this.#spawn([`reactor.port=${this.port}`, "admin.port=0"]);
  }

  /** Has it stop, and gives its exit code. */
  async stop(): Promise<number> {
    this.#isRunning = false;
    this.#child.kill("SIGTERM");
    const { code } = await inTime(`the end of ${this.#name}`, this.#child.status);
    await this.#logged;
    return code;
  }

  /** Waits until it ends by itself, and gives its exit code. */
  async ended(): Promise<number> {
    const { code } = await inTime(`the end of ${this.#name}`, this.#child.status);
    this.#isRunning = false;
    await this.#logged;
    return code;
  }

  /** The value of a metric, summed over its labels. */
  metric(name: string): Promise<number> {
    return readMetric(this.#addresses.admin, name);
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
    const response = await fetch(`http://${this.#addresses.admin}${path}`, { method });
    return { status: response.status, text: await response.text() };
  }

  async #spawn(settings: readonly string[]): Promise<void> {
    const sets = [...this.#settings, "log.format=json", ...settings];
    const { program, args, cwd } = this.#options.command ?? roleCommand(this.#name);
    this.#child = new Deno.Command(program, {
      args: [...args, ...sets.flatMap((set) => ["--set", set])],
      cwd,
      clearEnv: true,
      env: { ...childEnv(), ...this.#options.env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const ready = Promise.withResolvers<RoleAddresses>();
    this.#logged = this.#readLog(ready.resolve).then(() =>
      ready.reject(new Error(`${this.#name} ended before it was ready`))
    );
    this.#addresses = await inTime(`${this.#name} being ready`, ready.promise);
    this.#isRunning = true;
  }

  async #readLog(onReady: (addresses: RoleAddresses) => void): Promise<void> {
    const lines: string[] = [];
    let isReady = false;
    for await (const line of readLines(this.#child.stderr)) {
      lines.push(line);
      const addresses = parseReady(line);
      if (addresses === undefined) continue;
      isReady = true;
      onReady(addresses);
    }
    if (!isReady) console.error(lines.join("\n"));
  }
}
