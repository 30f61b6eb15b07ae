/**
 * A status as a row of numbers: so are statuses held, and handed from thread to thread, at a fraction of what objects
 * cost.
 *
 * @module
 */

import type { CallStatus } from "../../sql/mod.ts";

/** How many numbers a row has. */
export const ROW_WORDS = 9;

/** The first so many of them are its key: modid, cmdid, ip, port and caller. */
export const KEY_WORDS = 5;

/** Where in a row its time is, Unix seconds. */
export const TS_WORD = 7;

/** Writes a status as the row that begins at `start`. */
export function writeRow(rows: Uint32Array, start: number, status: CallStatus): void {
  rows[start] = status.modid;
  rows[start + 1] = status.cmdid;
  rows[start + 2] = status.ip;
  rows[start + 3] = status.port;
  rows[start + 4] = status.caller;
  rows[start + 5] = status.succ;
  rows[start + 6] = status.err;
  rows[start + 7] = status.tsSec;
  rows[start + 8] = status.overload ? 1 : 0;
}

/** Makes `into` the status of the row that begins at `start`, and returns it. */
export function readRow(rows: Uint32Array, start: number, into: CallStatus): CallStatus {
  into.modid = rows[start];
  into.cmdid = rows[start + 1];
  into.ip = rows[start + 2];
  into.port = rows[start + 3];
  into.caller = rows[start + 4];
  into.succ = rows[start + 5];
  into.err = rows[start + 6];
  into.tsSec = rows[start + 7];
  into.overload = rows[start + 8] === 1;
  return into;
}

/** A status to be read into. */
export function newStatus(): CallStatus {
  return {
    modid: 0,
    cmdid: 0,
    ip: 0,
    port: 0,
    caller: 0,
    succ: 0,
    err: 0,
    tsSec: 0,
    overload: false,
  };
}
