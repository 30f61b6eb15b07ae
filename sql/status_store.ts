/**
 * What Lars asks of the database about call statuses: how the calls of each agent to each host went.
 *
 * @module
 */

import type { ModuleName } from "../proto/mod.ts";

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

/** The statuses in the database. Every method throws {@link StoreError} when the database cannot be reached. */
export interface StatusStore {
  /**
   * Writes statuses, in one upsert per 1,000. The newest tsSec wins, of equal ones the later arrival; one that is more
   * than 60 s older than what is stored wins as well: its caller's clock was set back. Keys are distinct within one call.
   */
  write(statuses: readonly CallStatus[]): Promise<void>;
  /** The statuses of one module, or all; ordered by key. */
  read(module?: ModuleName): Promise<CallStatus[]>;
  /** Closes the connections; pending calls fail. */
  close(): Promise<void>;
}
