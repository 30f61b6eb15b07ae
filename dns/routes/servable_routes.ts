/**
 * From rows as the database holds them to routes that can be served: groups the rows by module, keeps their order, and
 * leaves out what cannot be served, saying so. Knows no table and no database.
 *
 * A host of weight 0 is drained: left out as well, but on purpose, and so without a word.
 *
 * Rows are kept as numbers in one array, chained by module: a million of them are no objects.
 *
 * @module
 */

import { type Host, isModuleName, type ModuleName } from "../../proto/mod.ts";
import type { RouteRow } from "../../sql/routes/route_row.ts";
import { doubleIndex, findSlot, indexWords, SLOT_WORDS } from "./module_index.ts";
import { encodeRouteFrame, type RouteFrame } from "./route_frame.ts";

/** A row that is left out. */
export interface UnservableRow extends ModuleName {
  /** RouteData.id. */
  id: number;
  /** What is wrong with it, for people. */
  reason: string;
}

/** How many rows that are left out are named; all of them are counted. */
const MAX_NAMED_ROWS = 1000;

/** Words of a row: id, ip, port, weight, and 1 + number of the module's next row, or 0. */
const ROW_WORDS = 5;
const NEXT = 4;

/** The weight of a host that is kept in the database and not served. On the wire 0 means no weight given: 100. */
const DRAINED = 0;

/** Rows on their way to become routes. */
export class ServableRoutes {
  /** Rows left out so far, by number; those of a module that are too many or double, when its frame is made. */
  unservableCount = 0;
  /** The first of them, by name. */
  readonly unservable: UnservableRow[] = [];

  /** The index's words are 1 + number of the module's first row, and of its last. */
  #index: Uint32Array = new Uint32Array(indexWords(0));
  #moduleCount = 0;
  #rows = new Uint32Array(64 * ROW_WORDS);
  #rowCount = 0;

  /** Takes rows, in id order over all calls. */
  add(rows: Iterable<RouteRow>): void {
    for (const row of rows) {
      const reason = whyUnservable(row);
      if (reason === undefined) this.#append(row);
      else this.#leaveOut(row, row.id, reason);
    }
  }

  /** The route of every module that has rows; without hosts where none of them is to be served. */
  *frames(): Generator<RouteFrame> {
    for (let at = 0; at < this.#index.length; at += SLOT_WORDS) {
      if (this.#index[at + 3] !== 0) yield this.#frameAt(at);
    }
  }

  /** Whether there is a row of a module. */
  has(module: ModuleName): boolean {
    return this.#index[findSlot(this.#index, module) + 3] !== 0;
  }

  /** The route of one module, without hosts when there is no row for it. */
  frame(module: ModuleName): RouteFrame {
    const at = findSlot(this.#index, module);
    return this.#index[at + 3] === 0 ? encodeRouteFrame(module, []) : this.#frameAt(at);
  }

  #append(row: RouteRow): void {
    if (this.#index.length < indexWords(this.#moduleCount + 1)) {
      this.#index = doubleIndex(this.#index);
    }
    if ((this.#rowCount + 1) * ROW_WORDS > this.#rows.length) {
      const larger = new Uint32Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const start = this.#rowCount++ * ROW_WORDS;
    this.#rows[start] = row.id;
    this.#rows[start + 1] = row.ip;
    this.#rows[start + 2] = row.port;
    this.#rows[start + 3] = row.weight;

    const index = this.#index;
    const at = findSlot(index, row);
    if (index[at + 3] === 0) {
      this.#moduleCount++;
      index[at] = row.modid;
      index[at + 1] = row.cmdid;
      index[at + 2] = this.#rowCount;
    } else {
      this.#rows[(index[at + 3] - 1) * ROW_WORDS + NEXT] = this.#rowCount;
    }
    index[at + 3] = this.#rowCount;
  }

  #frameAt(at: number): RouteFrame {
    const module = { modid: this.#index[at], cmdid: this.#index[at + 1] };
    const hosts: Host[] = [];
    const ids: number[] = [];
    const seen = new Set<number>();
    for (let number = this.#index[at + 2]; number !== 0;) {
      const start = (number - 1) * ROW_WORDS;
      const [id, ip, port, weight, next] = this.#rows.subarray(start, start + ROW_WORDS);
      if (seen.has(ip * 65536 + port)) {
        this.#leaveOut(module, id, "the module has this host already");
      } else {
        seen.add(ip * 65536 + port);
        if (weight !== DRAINED) {
          hosts.push({ ip, port, weight });
          ids.push(id);
        }
      }
      number = next;
    }
    const route = encodeRouteFrame(module, hosts);
    for (const id of ids.slice(route.hostCount)) {
      this.#leaveOut(module, id, "the module has more hosts than a frame holds");
    }
    return route;
  }

  #leaveOut({ modid, cmdid }: ModuleName, id: number, reason: string): void {
    this.unservableCount++;
    if (this.unservable.length < MAX_NAMED_ROWS) this.unservable.push({ id, modid, cmdid, reason });
  }
}

function whyUnservable(row: RouteRow): string | undefined {
  if (!isModuleName(row)) return "modid and cmdid must be 0 … 2147483647";
  if (!Number.isInteger(row.port) || row.port < 1 || row.port > 65535) {
    return `port must be 1 … 65535: current value is ${row.port}`;
  }
  return undefined;
}
