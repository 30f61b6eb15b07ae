/**
 * The content of the agent's snapshot: routes, as dns told of them. Read, it is an index into the bytes, and a route is
 * made of them when somebody asks for it: of a million hosts, few are needed at once.
 *
 * Layout, for each module: modid, cmdid and the length of the body in 32 bits each, then the body of a GetRouteResponse.
 *
 * @module
 */

import {
  decodeRoute,
  encodeRoute,
  ModuleMap,
  type ModuleName,
  type Route,
} from "../../proto/mod.ts";
import type { SnapshotKind } from "../../service/snapshot/snapshot_file.ts";

/** The layout's number goes up with every change of it. */
export const ROUTE_SNAPSHOT: SnapshotKind = { snapshot: "agent routes", format: 1 };

const HEAD_BYTES = 12;

/** Routes out of a snapshot, until fresher ones take their places. */
export class RouteSnapshot {
  /** The records, head and body. */
  readonly #records = new ModuleMap<Uint8Array>();

  /**
   * Reads the content, of which it keeps views.
   *
   * @throws {RangeError} When it is none.
   */
  constructor(content: Uint8Array = new Uint8Array()) {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    for (let at = 0; at < content.length;) {
      const end = at + HEAD_BYTES + view.getUint32(at + 8, true);
      if (end > content.length) {
        throw new RangeError("Cannot read a route beyond the content's end");
      }
      const [modid, cmdid] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      this.#records.set(modid, cmdid, content.subarray(at, end));
      at = end;
    }
  }

  /** How many modules it has. */
  get size(): number {
    return this.#records.size;
  }

  /** Whether it has a module. */
  has({ modid, cmdid }: ModuleName): boolean {
    return this.#records.has(modid, cmdid);
  }

  /** The route of a module, if it has one. */
  get({ modid, cmdid }: ModuleName): Route | undefined {
    const record = this.#records.get(modid, cmdid);
    return record && decodeRoute(record.subarray(HEAD_BYTES));
  }

  /** Takes a module out; says whether it was there. */
  delete({ modid, cmdid }: ModuleName): boolean {
    return this.#records.delete(modid, cmdid);
  }

  /** Takes everything out. */
  clear(): void {
    this.#records.clear();
  }

  /** What it has, as content again. */
  records(): Iterable<Uint8Array> {
    return this.#records.values();
  }
}

/** A route as content. */
export function encodeRouteRecord(route: Route): Uint8Array {
  const body = encodeRoute(route);
  const record = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, route.modid, true);
  view.setUint32(4, route.cmdid, true);
  view.setUint32(8, body.length, true);
  record.set(body, HEAD_BYTES);
  return record;
}
