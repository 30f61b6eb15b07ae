/**
 * For tests: statuses as the rows in which they are held and handed over.
 *
 * @module
 */

import type { CallStatus } from "../../sql/mod.ts";

/** The rows of statuses, one after the other. */
export function toRows(...statuses: CallStatus[]): Uint32Array {
  return Uint32Array.from(statuses.flatMap((status) => {
    const { modid, cmdid, ip, port, caller, succ, err, tsSec, overload } = status;
    return [modid, cmdid, ip, port, caller, succ, err, tsSec, Number(overload)];
  }));
}
