/**
 * A status as a row of numbers, which a report becomes where it is received: in this form statuses are held, and handed
 * from thread to thread, at a fraction of the cost of objects.
 *
 * What the database would refuse is left out here, because the hundreds of rows written with it would be refused as well.
 *
 * @module
 */

import { isModuleName, type ReportStatusRequest } from "../../proto/mod.ts";
import type { CallStatus } from "../../sql/mod.ts";

/** How many numbers a row has: those of a {@link CallStatus}, in the order of its fields. */
export const ROW_WORDS = 9;

/** The first so many of them are its key: modid, cmdid, ip, port and caller. */
export const KEY_WORDS = 5;

/** Where in a row its caller is, the agent that reported it. */
export const CALLER_WORD = 4;

/** Where in a row its time is, Unix seconds. */
export const TS_WORD = 7;

const MAX_PORT = 65535;

/**
 * Makes `row` one status of a report, 0 … `results.length` - 1; says whether it is fit to be stored. Those of a module
 * outside the range of ids, of a port outside 1 … 65535, or without a time (it would count as 1970, and so as a clock set
 * back, which overwrites) are not.
 */
export function readStatus(report: ReportStatusRequest, index: number, row: Uint32Array): boolean {
  const { ip, port, succ, err, overload } = report.results.at(index);
  if (!isModuleName(report) || report.tsSec === 0 || port < 1 || port > MAX_PORT) return false;
  row[0] = report.modid;
  row[1] = report.cmdid;
  row[2] = ip;
  row[3] = port;
  row[4] = report.caller;
  row[5] = succ;
  row[6] = err;
  row[7] = report.tsSec;
  row[8] = overload ? 1 : 0;
  return true;
}

/** The statuses of rows that stand one after the other, as the database takes them. */
export function toStatuses(rows: Uint32Array): CallStatus[] {
  return Array.from({ length: rows.length / ROW_WORDS }, (_, index) => {
    const start = index * ROW_WORDS;
    return {
      modid: rows[start],
      cmdid: rows[start + 1],
      ip: rows[start + 2],
      port: rows[start + 3],
      caller: rows[start + 4],
      succ: rows[start + 5],
      err: rows[start + 6],
      tsSec: rows[start + 7],
      overload: rows[start + 8] === 1,
    };
  });
}
