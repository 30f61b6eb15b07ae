/**
 * Knows every route that was ever committed. A host is put once and dropped once: whoever comes back has another port. So
 * what a pick may give is a matter of two times. Pure.
 *
 * @module
 */

import { ModuleMap, type ModuleName } from "../../proto/mod.ts";

/** A host of a module, by its port: the address tells nothing in a chaos run. */
interface HostLife {
  readonly port: number;
  /** When it was surely gone, ms. */
  droppedAtMs?: number;
}

/** The routes of a run. */
export class RouteOracle {
  readonly #modules = new ModuleMap<Map<number, HostLife>>();

  /** A host may be served from now on: said before it is written, as a write that fails may have been made. */
  put({ modid, cmdid }: ModuleName, port: number): void {
    const hosts = this.#modules.get(modid, cmdid) ?? new Map<number, HostLife>();
    this.#modules.set(modid, cmdid, hosts);
    hosts.set(port, { port });
  }

  /** A host is gone: said when the database has confirmed it. */
  drop({ modid, cmdid }: ModuleName, port: number, nowMs: number): void {
    this.#modules.get(modid, cmdid)!.get(port)!.droppedAtMs = nowMs;
  }

  /** The ports that a module's route has now, in ascending order. */
  portsOf({ modid, cmdid }: ModuleName): number[] {
    const hosts = [...this.#modules.get(modid, cmdid)?.values() ?? []];
    const there = hosts.filter(({ droppedAtMs }) => droppedAtMs === undefined);
    return there.map(({ port }) => port).sort((a, b) => a - b);
  }

  /**
   * When a host that was picked had been dropped; Infinity where it was not, and -Infinity where it never was the
   * module's.
   */
  droppedAtMs({ modid, cmdid }: ModuleName, port: number): number {
    const host = this.#modules.get(modid, cmdid)?.get(port);
    return host === undefined ? -Infinity : host.droppedAtMs ?? Infinity;
  }
}
