/**
 * All roles as real processes on one database, with the permissions that their tasks give them.
 *
 * @module
 */

import type { RoleName } from "../../lars/up/role_task.ts";
import type { StoreConfig } from "../../sql/mod.ts";
import { Role, storeSettings } from "../../testing/role.ts";

/** What is started. */
export interface LarsOptions {
  /** The database, migrated, with its routes. */
  store: StoreConfig;
  /**
   * `section.key=value` for each role.
   *
   * @default {}
   */
  set?: Partial<Record<RoleName, readonly string[]>>;
}

/** The running roles. Disposing of it stops them. */
export class Lars implements AsyncDisposable {
  readonly #roles = new AsyncDisposableStack();
  #dns!: Role;
  #reporter!: Role;
  #agent!: Role;

  /** Starts all three on free ports. */
  static async start({ store, set = {} }: LarsOptions): Promise<Lars> {
    const lars = new Lars();
    const settings = storeSettings(store);
    try {
      lars.#dns = await lars.#start("dns", [...settings, ...set.dns ?? []]);
      lars.#reporter = await lars.#start("reporter", [...settings, ...set.reporter ?? []]);
      lars.#agent = await lars.startAgent(set.agent);
    } catch (error) {
      await lars[Symbol.asyncDispose]();
      throw error;
    }
    return lars;
  }

  /** Answers what routes there are. */
  get dns(): Role {
    return this.#dns;
  }

  /** Stores statuses. */
  get reporter(): Role {
    return this.#reporter;
  }

  /** Picks hosts. */
  get agent(): Role {
    return this.#agent;
  }

  /** Starts one more agent. */
  startAgent(set: readonly string[] = []): Promise<Role> {
    const servers = [`dnsserver.port=${this.dns.port}`, `reporter.port=${this.reporter.port}`];
    return this.#start("agent", [...servers, ...set]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#roles.disposeAsync();
  }

  async #start(name: RoleName, settings: readonly string[]): Promise<Role> {
    return this.#roles.use(await Role.start(name, settings));
  }
}
