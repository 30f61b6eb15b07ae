/**
 * One caller's request, from the call to its result. The engine fills it in; who waits for it, and how, is the caller's.
 *
 * @module
 */

import type { ModuleName } from "../../proto/mod.ts";
import type { Host } from "../host.ts";

/** A module as a client knows it. */
export interface Module extends ModuleName {
  /** The engine's epoch in which the shard last answered for this module and knew it; else 0. */
  answeredIn: number;
}

/**
 * What became of a request: the host or hosts, the retcode where there are none, `unanswered` when the agent said nothing
 * in time, `closed` when the client was closed.
 */
export type Result = Host | Host[] | number | "unanswered" | "closed";

/** A pick of one host, or a request for a module's whole route. */
export class PendingRequest {
  /** What it is about. */
  readonly module: Module;
  /** What is asked for. */
  readonly kind: "pick" | "route";
  /**
   * The caller's own deadline, ms. Until then a route that is not there is asked for again and again; without it the retry
   * policy says when to give up, and the first answer is the result.
   */
  readonly deadlineMs?: number;
  /** Where it stands in the order of all requests to its shard. */
  serial = 0;
  /** How often it was sent. */
  tries = 0;
  /** When it was sent first, ms. */
  sentAtMs = 0;
  /** The serial of the last request that had been made when this one was sent first. */
  sentAtSerial = 0;
  /** Undefined while it is pending. */
  result?: Result = undefined;

  /** Makes a request that was not sent yet. */
  constructor(module: Module, options?: { kind: "pick" | "route"; deadlineMs?: number }) {
    this.module = module;
    this.kind = options?.kind ?? "pick";
    this.deadlineMs = options?.deadlineMs;
  }
}
