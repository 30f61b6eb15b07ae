/**
 * A datagram to the shard and its answer.
 *
 * @module
 */

import type { GetHostsResponse } from "../../proto/mod.ts";
import type { PendingRequest } from "./pending_request.ts";

/** One that is not in flight is a batch that timed out and may be answered late, or a route to be asked for anew. */
export class Exchange<Request extends PendingRequest> {
  /** What travels: one pick, many, or a request for a route. */
  readonly kind: "pick" | "batch" | "route";
  /** The one request, a batch's picks in their order, or all who want to know the route. */
  requests: Request[];
  /** What the answer is known by; a route's has none, and is known by its module. */
  seq = -1;
  /** Whether it was sent, and is neither answered nor given up. */
  isInFlight = false;
  /** Whether the last answer was that there is no route. */
  isEmpty = false;
  /** When it was sent last, ms. */
  sentAtMs = 0;
  /** When the engine is to look at it, ms. */
  dueMs = Infinity;

  /** Makes one that was not sent yet. */
  constructor(kind: "pick" | "batch" | "route", requests: Request[]) {
    this.kind = kind;
    this.requests = requests;
  }

  /** Whether all of its requests have their results. */
  get isSettled(): boolean {
    return this.requests.every(({ result }) => result !== undefined);
  }

  /** Whether a response has a module for every run of a batch's picks, and the right one. */
  isAnsweredBy({ modules }: GetHostsResponse): boolean {
    if (this.kind !== "batch") return false;
    let run = 0;
    for (let i = 0; i < this.requests.length; i = runEnd(this.requests, i), run++) {
      if (run === modules.length) return false;
      const { modid, cmdid } = modules.at(run);
      const { module } = this.requests[i];
      if (module.modid !== modid || module.cmdid !== cmdid) return false;
    }
    return run === modules.length;
  }
}

/** Where the run of picks of one module that begins at an index ends. */
export function runEnd(picks: readonly PendingRequest[], start: number): number {
  let end = start + 1;
  while (end < picks.length && picks[end].module === picks[start].module) end++;
  return end;
}
