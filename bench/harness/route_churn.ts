/**
 * Routes that change all the time, as tools change them: in a transaction, and dns is told.
 *
 * @module
 */

import { openRouteStore, type StoreConfig } from "../../sql/mod.ts";
import type { Role } from "../../testing/role.ts";
import { CMDID } from "./databases.ts";

/** What changes. */
export interface RouteChurnOptions {
  /** The database. */
  store: StoreConfig;
  /** Who is told. */
  dns: Role;
  /** The modules (1 …, CMDID): each gets another host in turn. */
  modules: number;
  /** Changes a second. */
  perSec: number;
}

/** A prime number of modules further on is the next one: neighbours in the table do not change one after the other. */
const STEP = 7919;

/** Changes routes until it is disposed of. */
export class RouteChurn implements AsyncDisposable {
  readonly #options: RouteChurnOptions;
  readonly #ended: Promise<void>;
  #changes = 0;
  #isOver = false;

  /** Begins. */
  constructor(options: RouteChurnOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  /** How many changes dns has been told of. */
  get changes(): number {
    return this.#changes;
  }

  /** Ends after the change at work. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { dns, modules, perSec } = this.#options;
    await using store = await openRouteStore(this.#options.store);
    for (let dueMs = performance.now(); !this.#isOver; dueMs += 1000 / perSec) {
      const modid = 1 + this.#changes * STEP % modules;
      const host = { ip: 0x0b00_0000 + this.#changes % 2 ** 16, port: 8000 };
      await store.changeRoutes([{ modid, cmdid: CMDID, put: [host], drop: "others" }]);
      await dns.post("/refresh");
      this.#changes++;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    }
  }
}
