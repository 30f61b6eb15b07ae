/**
 * The content of dns' snapshot: the table that is served, and where the database stood when that was last found to be
 * what it has. In what follows on a start it is held against the database, as a table served before would be.
 *
 * Layout: three numbers of 64 bits, then the table as it lies in memory (route_table.ts).
 *
 * @module
 */

import type { SnapshotKind } from "../../service/mod.ts";
import { RouteTable } from "./route_table.ts";

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
  table: SharedArrayBuffer;
  /** When it was right. */
  agreement: Agreement;
}

/** The layout's number goes up with every change of it, or of the table's. */
export const TABLE_SNAPSHOT: SnapshotKind = { snapshot: "dns routes", format: 1 };

const AGREEMENT_BYTES = 24;

/** The content, in parts. */
export function encodeTableSnapshot({ table, agreement }: TableSnapshot): Uint8Array[] {
  const { atSec, changeId, acceptedId } = agreement;
  const numbers = Float64Array.of(atSec, changeId, acceptedId);
  return [new Uint8Array(numbers.buffer), new Uint8Array(table)];
}

/**
 * Reads the content.
 *
 * @throws {RangeError} When it is none.
 */
export function decodeTableSnapshot(content: Uint8Array<ArrayBuffer>): TableSnapshot {
  const [atSec, changeId, acceptedId] = new Float64Array(content.slice(0, AGREEMENT_BYTES).buffer);
  const table = new SharedArrayBuffer(Math.max(0, content.length - AGREEMENT_BYTES));
  new Uint8Array(table).set(content.subarray(AGREEMENT_BYTES));
  return { table: new RouteTable(table).buffer, agreement: { atSec, changeId, acceptedId } };
}
