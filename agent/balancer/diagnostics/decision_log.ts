/**
 * The last decisions of a balancer and the numbers that made them.
 *
 * @module
 */

import type { HostAddress } from "../../../proto/mod.ts";
import type { HostCounts } from "../host/host_state.ts";

/** Decisions that are remembered of each module. */
export const MAX_DECISIONS = 64;

/** What was decided about a host. */
export type DecisionKind = "joined" | "left" | "overloaded" | "idle" | "spared" | "probed";

/**
 * Why, by the name of the setting that was reached where there is one; `route`, since the route says so; `restored`,
 * since it was so in the balancer that this one took the place of; `silence` and `latency`, since it does not answer or is
 * hopelessly slow; `proven`, since a row of calls to it went well.
 */
export type DecisionReason =
  | "route"
  | "restored"
  | "err_rate"
  | "contin_err_limit"
  | "window_err_rate"
  | "succ_rate"
  | "contin_succ_limit"
  | "overload_timeout"
  | "probe_num"
  | "max_overloaded_percent"
  | "silence"
  | "latency"
  | "proven";

/** One decision, with the host's counts before it. */
export interface Decision extends HostAddress, HostCounts {
  /** When, ms of the balancer's clock. */
  readonly atMs: number;
  /** What was decided. */
  readonly kind: DecisionKind;
  /** Why. */
  readonly reason: DecisionReason;
  /** What the number was held against that decided. */
  readonly threshold?: number;
}

/** Remembers the last {@link MAX_DECISIONS} decisions. */
export class DecisionLog {
  readonly #decisions: Decision[] = [];
  #next = 0;

  /** Notes a decision, before the host's numbers change by it. */
  note(
    host: HostAddress & HostCounts,
    { kind, reason, threshold, atMs }: Pick<Decision, "kind" | "reason" | "threshold" | "atMs">,
  ): void {
    const { ip, port, vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
    this.#decisions[this.#next] = {
      ...{ atMs, ip, port, kind, reason, threshold },
      ...{ vsucc, verr, rsucc, rerr, runSucc, runErr },
    };
    this.#next = (this.#next + 1) % MAX_DECISIONS;
  }

  /** The decisions, the oldest first. */
  list(): Decision[] {
    return [...this.#decisions.slice(this.#next), ...this.#decisions.slice(0, this.#next)];
  }
}
