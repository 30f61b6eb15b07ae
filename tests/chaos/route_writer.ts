/**
 * An operator who changes routes all the time: a host of a module goes, and another comes. What the database did not take
 * is written again until it does, and the oracle is told of each change when it is sure.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import {
  openRouteStore,
  type RouteChange,
  type RouteStore,
  type StoreConfig,
} from "../../sql/mod.ts";
import type { SeededRandom } from "../../testing/seeded_random.ts";
import type { RouteOracle } from "./route_oracle.ts";

/** The address of every host. */
export const HOST_IP = 0x0a00_0001;

/** Hosts of a module. */
const HOSTS = 4;

const PAUSE_MS = 200;
const RETRY_MS = 100;

/** Tells the time, ms, and draws. */
interface Means {
  readonly oracle: RouteOracle;
  readonly random: SeededRandom;
  readonly nowMs: () => number;
}

/** Changes routes until it is stopped. */
export class RouteWriter {
  /** How many changes were made. */
  changes = 0;
  readonly #config: StoreConfig;
  readonly #means: Means;
  #store?: RouteStore;
  #nextPort = 1000;
  #isOver = false;
  #running = Promise.resolve();

  /** Writes to this database. */
  constructor(config: StoreConfig, means: Means) {
    this.#config = config;
    this.#means = means;
  }

  /** Gives modules their first hosts. */
  async fill(modules: readonly ModuleName[]): Promise<void> {
    const changes = modules.map((module) => ({
      ...module,
      put: Array.from({ length: HOSTS }, () => this.#newHost(module)),
    }));
    this.#store = await openRouteStore(this.#config);
    await this.#store.changeRoutes(changes);
  }

  /** Begins to change these modules. */
  start(modules: readonly ModuleName[]): void {
    this.#running = this.#run(modules);
  }

  /** Ends once the change under way is made. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    await this.#store?.close();
  }

  async #run(modules: readonly ModuleName[]): Promise<void> {
    const { oracle, random, nowMs } = this.#means;
    while (!this.#isOver) {
      const module = random.pick(modules);
      const port = random.pick(oracle.portsOf(module));
      await this.#write({
        ...module,
        put: [this.#newHost(module)],
        drop: [{ ip: HOST_IP, port }],
      });
      oracle.drop(module, port, nowMs());
      this.changes++;
      await sleep(PAUSE_MS);
    }
  }

  async #write(change: RouteChange): Promise<void> {
    for (;;) {
      try {
        await this.#store!.changeRoutes([change]);
        return;
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  #newHost(module: ModuleName): { ip: number; port: number } {
    const port = this.#nextPort++;
    this.#means.oracle.put(module, port);
    return { ip: HOST_IP, port };
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
