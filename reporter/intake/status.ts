/**
 * From what an agent reports to what the database holds, and what of it is fit to be held.
 *
 * Everything that could make the database refuse a row is mended or dropped here, because one such row would be refused
 * together with the hundreds written beside it.
 *
 * @module
 */

import { isModuleName, type ReportStatusRequest } from "../../proto/mod.ts";
import type { CallStatus } from "../../sql/mod.ts";

/** Largest count that ServerCallStatus.succ_cnt and err_cnt, signed, can hold. */
export const MAX_COUNT = 0x7fff_ffff;

const MAX_PORT = 65535;

/**
 * Makes `into` one status of a report, 0 … `results.length` - 1; says whether it is fit to be stored. Those of a module
 * outside the range of ids, of a port outside 1 … 65535, or without a time (it would count as 1970, and so as a clock set
 * back, which overwrites) are not. Counts above {@link MAX_COUNT} are stored as that.
 */
export function readStatus(report: ReportStatusRequest, index: number, into: CallStatus): boolean {
  const { ip, port, succ, err, overload } = report.results.at(index);
  if (!isModuleName(report) || report.tsSec === 0 || port < 1 || port > MAX_PORT) return false;
  into.modid = report.modid;
  into.cmdid = report.cmdid;
  into.ip = ip;
  into.port = port;
  into.caller = report.caller;
  into.succ = Math.min(succ, MAX_COUNT);
  into.err = Math.min(err, MAX_COUNT);
  into.tsSec = report.tsSec;
  into.overload = overload;
  return true;
}
