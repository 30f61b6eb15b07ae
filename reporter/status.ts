/**
 * From what an agent reports to what the database holds, and what of it is fit to be held.
 *
 * Everything that could make the database refuse a row is mended or dropped here, because one such row would be refused
 * together with the hundreds written beside it.
 *
 * @module
 */

import { isModuleName, type ReportStatusRequest } from "../proto/mod.ts";
import type { CallStatus } from "../sql/mod.ts";

/** Largest count that ServerCallStatus.succ_cnt and err_cnt, signed, can hold. */
export const MAX_COUNT = 0x7fff_ffff;

const MAX_PORT = 65535;

/** The statuses in a report. */
export interface ReportedStatuses {
  /** Those fit to be stored, in the order they were reported. */
  statuses: CallStatus[];
  /** How many others there were. */
  invalid: number;
}

/**
 * Takes a report apart. Statuses of a module outside the range of ids, of a port outside 1 … 65535, or without a time (it
 * would count as 1970, and so as a clock set back, which overwrites) are left out. Counts above {@link MAX_COUNT} are
 * stored as that.
 */
export function toStatuses(request: ReportStatusRequest): ReportedStatuses {
  const { modid, cmdid, caller, results, tsSec } = request;
  if (!isModuleName(request) || tsSec === 0) return { statuses: [], invalid: results.length };
  const statuses: CallStatus[] = [];
  for (const { ip, port, succ, err, overload } of results) {
    if (port < 1 || port > MAX_PORT) continue;
    statuses.push({
      modid,
      cmdid,
      ip,
      port,
      caller,
      succ: Math.min(succ, MAX_COUNT),
      err: Math.min(err, MAX_COUNT),
      tsSec,
      overload,
    });
  }
  return { statuses, invalid: results.length - statuses.length };
}
