/**
 * For tests: statuses as the rows in which threads hand them over, and back.
 *
 * @module
 */

import type { CallStatus } from "../../sql/mod.ts";
import { newStatus, readRow, ROW_WORDS, writeRow } from "../../reporter/status/status_row.ts";

/** The rows of statuses, one after the other. */
export function writeRows(statuses: readonly CallStatus[]): Uint32Array {
  const rows = new Uint32Array(statuses.length * ROW_WORDS);
  statuses.forEach((status, index) => writeRow(rows, index * ROW_WORDS, status));
  return rows;
}

/** The statuses of rows that stand one after the other. */
export function readRows(rows: Uint32Array): CallStatus[] {
  return Array.from(
    { length: rows.length / ROW_WORDS },
    (_, index) => readRow(rows, index * ROW_WORDS, newStatus()),
  );
}
