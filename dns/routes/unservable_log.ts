/**
 * Names rows that cannot be served in the log, each once for as long as it stays as it is.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import type { ServableRoutes, UnservableRow } from "./servable_routes.ts";

/** Remembers which rows were named. */
export class UnservableLog {
  readonly #name: (row: UnservableRow) => void;
  #named = new Set<string>();

  /** By default a row is named as a warning in the log. */
  constructor(name: (row: UnservableRow) => void = warn) {
    this.#name = name;
  }

  /** Names what a read of some modules left out. */
  add({ unservable }: ServableRoutes): void {
    for (const row of unservable) this.#nameOnce(row);
  }

  /** Names what a read of everything left out, and forgets the rows that were not among it. */
  replace({ unservable }: ServableRoutes): void {
    for (const row of unservable) this.#nameOnce(row);
    this.#named = new Set(unservable.map(keyOf));
  }

  #nameOnce(row: UnservableRow): void {
    const key = keyOf(row);
    if (this.#named.has(key)) return;
    this.#named.add(key);
    this.#name(row);
  }
}

function keyOf({ id, reason }: UnservableRow): string {
  return `${id} ${reason}`;
}

function warn(row: UnservableRow): void {
  getLogger("lars", "dns", "routes").warn("a row of RouteData is not served: {reason}", {
    ...row,
  });
}
