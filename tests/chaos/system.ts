/**
 * The system that a chaos run breaks: two dns, two reporters and two agents as processes on one database, with a proxy
 * between each two that speak over TCP. Agents prefer different dns and reporters.
 *
 * @module
 */

import { parseIpv4 } from "../../proto/mod.ts";
import type { RoleName } from "../../lars/up/role_task.ts";
import { migrate, type StoreConfig } from "../../sql/mod.ts";
import { type MariadbServer, startMariadb } from "../../testing/mariadb.ts";
import { Role, storeSettings } from "../../testing/role.ts";
import { SmallDisk } from "../../testing/small_disk.ts";
import { TempFolder } from "../../testing/temp_folder.ts";
import { nameOf } from "./fault.ts";
import { fakeClockEnv } from "./fake_clock.ts";
import { type DatabaseName, INSTANCES } from "./possible_faults.ts";
import { TcpProxy } from "./tcp_proxy.ts";

/** Snapshots and an embedded database are small. */
const DISK_KIB = 32 * 1024;

/** How a system is started. */
export interface SystemOptions {
  /** Its database. */
  readonly database: DatabaseName;
  /** The roles whose clock will be set; others need no library for it. */
  readonly clocks: ReadonlySet<string>;
  /** Called when a role ends that nobody has ended. It is started again. */
  readonly onCrash: (name: string, code: number) => void;
}

/** The running system. Disposing of it ends all of it. */
export class ChaosSystem implements AsyncDisposable {
  /** The roles, by their names: `dns1`. */
  readonly roles: Map<string, Role> = new Map();
  /** The proxies, by what they join: `agent1→dns2`, `dns1→database`. */
  readonly links: Map<string, TcpProxy> = new Map();
  /** The agents' addresses. */
  readonly callers: Map<string, number> = new Map();
  /** Where the database is, without a proxy before it. */
  config!: StoreConfig;
  /** The database server, where there is one. */
  mariadb?: MariadbServer;
  /** What is mounted where roles write; undefined where that is not permitted. */
  disk?: SmallDisk;
  readonly #log: string[] = [];
  readonly #options: SystemOptions;
  readonly #parts: AsyncDisposableStack = new AsyncDisposableStack();
  readonly #ending = new Set<string>();
  #folder!: string;

  private constructor(options: SystemOptions) {
    this.#options = options;
  }

  /** Starts it all. */
  static async start(options: SystemOptions): Promise<ChaosSystem> {
    const system = new ChaosSystem(options);
    try {
      await system.#start();
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    return system;
  }

  /** The agents' names. */
  get agents(): string[] {
    return [...this.roles.keys()].filter((name) => name.startsWith("agent"));
  }

  /** Kills a role, and says that this was meant. */
  async kill(name: string): Promise<void> {
    this.#ending.add(name);
    const role = this.roles.get(name)!;
    role.signal("SIGCONT");
    await role.kill();
    this.#keepLog(name);
  }

  /** Starts a role again that was killed. */
  async restart(name: string): Promise<void> {
    await this.roles.get(name)!.restart();
    this.#ending.delete(name);
    this.#watch(name);
  }

  /** All that the roles logged, once they have ended. */
  get log(): readonly string[] {
    return this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.roles.keys()) await this.kill(name);
    await this.#parts.disposeAsync();
  }

  async #start(): Promise<void> {
    this.#folder = this.#parts.use(new TempFolder()).path;
    this.disk = SmallDisk.mount(DISK_KIB);
    if (this.disk !== undefined) this.#folder = this.#parts.use(this.disk).folder;
    if (this.#options.database === "mariadb") {
      this.mariadb = this.#parts.use(await startMariadb());
      this.config = await this.mariadb.createDatabase();
    } else {
      this.config = { driver: "sqlite", path: `${this.#folder}/lars.db` };
    }
    await migrate(this.config);
    for (const i of INSTANCES) {
      await this.#startRole("dns", i, this.#storeSettings(`dns${i}`));
      await this.#startRole("reporter", i, this.#storeSettings(`reporter${i}`));
    }
    for (const i of INSTANCES) {
      const inOrder = i === 1 ? INSTANCES : INSTANCES.toReversed();
      const endpoints = (role: string) =>
        inOrder.map((j) => `127.0.0.1:${this.#link(`agent${i}`, `${role}${j}`)}`).join();
      const caller = `10.9.9.${i}`;
      this.callers.set(`agent${i}`, parseIpv4(caller)!);
      await this.#startRole("agent", i, [
        `dnsserver.endpoints=${endpoints("dns")}`,
        `reporter.endpoints=${endpoints("reporter")}`,
        `agent.caller=${caller}`,
        "agent.report_interval_ms=200",
        "loadbalance.idle_timeout=3600", // counts never begin anew
      ]);
    }
  }

  /** A role's own way to the database. */
  #storeSettings(name: string): string[] {
    if (this.config.driver === "sqlite") return storeSettings(this.config);
    return storeSettings({ ...this.config, port: this.#link(name, "database") });
  }

  /** Puts a proxy between two; gives its port. */
  #link(role: string, peer: string): number {
    const config = this.config;
    const toDatabase = config.driver === "mysql" ? config.port : 0;
    const port = peer === "database" ? toDatabase : this.roles.get(peer)!.port;
    const proxy = this.#parts.use(new TcpProxy(port));
    this.links.set(nameOf({ role, peer }), proxy);
    return proxy.port;
  }

  async #startRole(kind: RoleName, i: number, settings: readonly string[]): Promise<void> {
    const name = `${kind}${i}`;
    const snapshot = kind === "reporter"
      ? []
      : [`${kind}.snapshot=${this.#folder}/${name}.snapshot`];
    const clock = this.#options.clocks.has(name) ? fakeClockEnv(this.clockFile(name)) : {};
    const options = { env: { LARS_FAULTS: "1", ...clock }, dataFolder: this.#folder };
    this.roles.set(name, await Role.start(kind, [...settings, ...snapshot], options));
    this.#watch(name);
  }

  /** Where a role's clock is set. */
  clockFile(name: string): string {
    return `${this.#folder}/${name}.clock`;
  }

  #watch(name: string): void {
    this.roles.get(name)!.exitCode.then(async (code) => {
      if (this.#ending.has(name)) return;
      this.#ending.add(name);
      this.#options.onCrash(name, code);
      this.#keepLog(name);
      await this.restart(name);
    });
  }

  #keepLog(name: string): void {
    for (const line of this.roles.get(name)!.log) this.#log.push(`${name} ${line}`);
  }
}
