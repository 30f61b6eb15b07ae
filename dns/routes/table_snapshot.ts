/**
 * The content of dns' snapshot: the table that is served, and where the database stood when that was last found to be
 * what it has. In what follows on a start it is held against the database, as a table served before would be.
 *
 * Layout: three numbers of 64 bits, then the table's image (route_table.ts).
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
  table: RouteTable;
  /** When it was right. */
  agreement: Agreement;
}

/** The layout's number goes up with every change of it, or of the table's. */
export const TABLE_SNAPSHOT: SnapshotKind = { snapshot: "dns routes", format: 2 };

const AGREEMENT_BYTES = 24;

/** The content as it is now, in parts that are to be copied at once. */
export function encodeTableSnapshot({ table, agreement }: TableSnapshot): Uint8Array[] {
  const { atSec, changeId, acceptedId } = agreement;
  const numbers = Float64Array.of(atSec, changeId, acceptedId);
  return [new Uint8Array(numbers.buffer), ...table.image()];
}

/**
 * Reads the content.
 *
 * @throws {RangeError} When it is none.
 */
export function decodeTableSnapshot(content: Uint8Array<ArrayBuffer>): TableSnapshot {
  const [atSec, changeId, acceptedId] = new Float64Array(content.slice(0, AGREEMENT_BYTES).buffer);
  const table = RouteTable.fromImage(content.subarray(AGREEMENT_BYTES));
  return { table, agreement: { atSec, changeId, acceptedId } };
}
