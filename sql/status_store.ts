/**
 * What Lars asks of the database about call statuses: how the calls of each agent to each host went.
 *
 * @module
 */

import type { ModuleName } from "../proto/mod.ts";
import type { StatusKey } from "./status_columns.ts";

/** One row of ServerCallStatus; (modid, cmdid, ip, port, caller) is its key. */
export interface CallStatus extends ModuleName {
  /** IPv4 address in host order, unsigned. */
  ip: number;
  /** Of the host. */
  port: number;
  /** Address of the agent that reports, in host order, unsigned. */
  caller: number;
  /** Successful calls in the host's present window. */
  succ: number;
  /** Failed calls in the host's present window. */
  err: number;
  /** When the agent reported, Unix seconds. */
  tsSec: number;
  /** Whether the agent keeps traffic off the host. */
  overload: boolean;
}

/** Which statuses are too old, and where to look for them. */
export interface ExpireOptions {
  /** The key of the row after which to look, as the step before gave it; from the first row where there is none. */
  after?: StatusKey;
  /** How many rows to look at, at most. */
  rows: number;
  /** How old a status may be. */
  keepSec: number;
  /** Unix time in seconds. Where the database's clock is behind it, that one counts: nothing is to go too soon. */
  nowSec: number;
}

/** What came of it. */
export interface ExpireResult {
  /** How many statuses were deleted. */
  deleted: number;
  /** Where to go on; undefined when all rows have been looked at. */
  next?: StatusKey;
}

/** A status this much older than another of its row says that its caller's clock was set back. */
export const CLOCK_SET_BACK_SEC = 60;

/**
 * Which of two statuses of one row is to stay, wherever they meet: whether one of `laterSec` that arrived after one of
 * `earlierSec` replaces it. The newer one does, of equal ones the later arrival, and one older by more than
 * {@link CLOCK_SET_BACK_SEC}.
 */
export function supersedes(laterSec: number, earlierSec: number): boolean {
  return laterSec >= earlierSec || laterSec + CLOCK_SET_BACK_SEC < earlierSec;
}

/** The statuses in the database. Every method throws {@link StoreError} when the database cannot be reached. */
export interface StatusStore {
  /**
   * Writes statuses, in one upsert per 1,000, where they {@link supersedes | supersede} what is stored. Keys are distinct
   * within one call.
   */
  write(statuses: readonly CallStatus[]): Promise<void>;
  /**
   * Deletes statuses that were reported too long ago, by going through the table in steps, each of which is short: an index
   * would have to be kept at every write, and old databases have none.
   */
  expire(options: ExpireOptions): Promise<ExpireResult>;
  /** The statuses of one module, or all; ordered by key. */
  read(module?: ModuleName): Promise<CallStatus[]>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}
