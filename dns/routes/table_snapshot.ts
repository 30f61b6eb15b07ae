/**
 * The content of dns' snapshot: the routes that are served, and where the database stood when that was last found to be
 * what it has. In what follows on a start it is held against the database, as a table served before would be.
 *
 * Layout: three numbers of 64 bits, and for each module three of 32 (`hosts << 16 | bytes` of its frame, modid, cmdid) and
 * its frame.
 *
 * @module
 */

import { runCooperatively } from "../../reactor/threads/cooperative_yield.ts";
import type { SnapshotKind } from "../../service/mod.ts";
import { frameBytes, hostCount, RouteTable, sizeWord } from "./route_table.ts";
import { RouteTableWriter } from "./route_table_writer.ts";

/** When what is served was last found to be what the database has, and where that stood. */
export interface Agreement {
  /** Unix seconds. */
  atSec: number;
  /** The highest RouteChange.id then: changes with higher ids came later. */
  changeId: number;
  /** The highest AcceptedLoss.id then. */
  acceptedId: number;
}

/** What is kept. */
export interface TableSnapshot {
  /** What is served. */
  table: RouteTable;
  /** When it was right. */
  agreement: Agreement;
}

/** The layout's number goes up with every change of it. */
export const TABLE_SNAPSHOT: SnapshotKind = { snapshot: "dns routes", format: 2 };

const AGREEMENT_BYTES = 24;
const MODULE_BYTES = 12;
const PART_BYTES = 256 << 10;

/** The content, in parts. Of modules that change meanwhile it has what was there before or what is now. */
export async function encodeTableSnapshot(
  { table, agreement: { atSec, changeId, acceptedId } }: TableSnapshot,
): Promise<Uint8Array[]> {
  const parts = [new Uint8Array(Float64Array.of(atSec, changeId, acceptedId).buffer)];
  await runCooperatively(copyRoutes(table, parts));
  return parts;
}

function* copyRoutes(table: RouteTable, parts: Uint8Array[]): Generator<void, void> {
  let part = new Uint8Array(PART_BYTES);
  let end = 0;
  for (const module of [...table.modules()]) {
    const route = table.route(module);
    if (route === undefined) continue;
    if (end + MODULE_BYTES + route.frame.length > part.length) {
      parts.push(part.subarray(0, end));
      part = new Uint8Array(PART_BYTES);
      end = 0;
    }
    const numbers = Uint32Array.of(sizeWord(route), route.modid, route.cmdid);
    part.set(new Uint8Array(numbers.buffer), end);
    part.set(route.frame, end + MODULE_BYTES);
    end += MODULE_BYTES + route.frame.length;
    yield;
  }
  parts.push(part.subarray(0, end));
}

/**
 * Reads the content.
 *
 * @throws {RangeError} When it is none.
 */
export function decodeTableSnapshot(content: Uint8Array<ArrayBuffer>): TableSnapshot {
  if (content.length < AGREEMENT_BYTES) throw new RangeError(`it has only ${content.length} bytes`);
  const [atSec, changeId, acceptedId] = new Float64Array(content.slice(0, AGREEMENT_BYTES).buffer);
  const table = RouteTable.create();
  const writer = new RouteTableWriter(table);
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  for (let at = AGREEMENT_BYTES; at < content.length;) {
    const size = view.getUint32(at, true);
    const [modid, cmdid] = [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
    const end = at + MODULE_BYTES + frameBytes(size);
    if (end > content.length) throw new RangeError("its last route is cut off");
    const frame = content.subarray(at + MODULE_BYTES, end);
    writer.put({ modid, cmdid, frame, hostCount: hostCount(size) });
    at = end;
  }
  return { table, agreement: { atSec, changeId, acceptedId } };
}
