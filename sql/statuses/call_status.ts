/**
 * How the calls of an agent to a host went, as the database has it, and which of two such statuses is to stay.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";

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
