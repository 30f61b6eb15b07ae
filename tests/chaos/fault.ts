/**
 * What can go wrong in a chaos run, and with what.
 *
 * @module
 */

/**
 * The kinds, and what each does to its target until it is over:
 *
 * - `kill`: SIGKILL; the end is a restart
 * - `stop`: SIGSTOP; the end is SIGCONT
 * - `throttle`: stopped four fifths of the time
 * - `descriptors`: no file or connection can be opened
 * - `clock`: the wall clock is an hour ahead
 * - `throw`, `exit`, `hang`: what a thread of an agent does; behind a `hang` comes a `kill`, which alone ends it
 * - `cut`: connections are closed, and new ones at once
 * - `silence`: connections stay open, and nothing passes
 * - `delay`: what passes is late
 * - `fill`: the disk is full
 */
export const FAULT_KINDS = [
  "kill",
  "stop",
  "throttle",
  "descriptors",
  "clock",
  "throw",
  "exit",
  "hang",
  "cut",
  "silence",
  "delay",
  "fill",
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = typeof FAULT_KINDS[number];

/** What a fault happens to: a process or the disk, one of its threads, or its connections to a peer. */
export interface Target {
  /** Such as `dns1`, `agent2`, `database`, `disk`. */
  readonly role: string;
  /** A thread of it. */
  readonly worker?: string;
  /** The other end of its connections. */
  readonly peer?: string;
}

/** A fault that is to happen. */
export interface Fault {
  /** What. */
  readonly kind: FaultKind;
  /** To whom. */
  readonly target: Target;
  /** When, ms since the run began. */
  readonly atMs: number;
  /** For how long, ms. */
  readonly forMs: number;
}

/** A fault that happened. */
export interface FaultRecord extends Fault {
  /** When it was made, ms since the run began. */
  readonly fromMs: number;
  /** When it was over: a process that was killed serves again. Infinity until then. */
  toMs: number;
}

/** A target's name: `agent1/shard2`, `dns1→database`. */
export function nameOf({ role, worker, peer }: Target): string {
  return `${role}${worker === undefined ? "" : `/${worker}`}${
    peer === undefined ? "" : `→${peer}`
  }`;
}

/** Whether two faults would get in each other's way: a process or a link has one at a time. */
export function areRivals(one: Target, other: Target): boolean {
  return one.role === other.role && one.peer === other.peer;
}
