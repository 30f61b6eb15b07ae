/**
 * Least outstanding: the host with the fewest calls that have not come back, of several the one that is next in turn.
 * It sheds what is slow, and by itself is drawn to what fails fast: a host that refuses every call never has any
 * outstanding. Beside outlier_detection.ts, as here when it is told to eject, it is the best that balancers in use do.
 *
 * @module
 */

import { type FinishedCall, NO_HOST, type Policy, type RouteHost } from "./policy.ts";
import { OutlierDetection } from "./outlier_detection.ts";
import { Outstanding } from "./outstanding.ts";

/** The host with the fewest calls under way. */
export class LeastOutstanding implements Policy {
  readonly #outliers: OutlierDetection | undefined;
  #hosts: readonly number[] = [];
  #next = 0;
  readonly #outstanding = new Outstanding();

  /** Picks among all hosts, or among those that are no outliers. */
  constructor({ ejects = false }: { ejects?: boolean } = {}) {
    if (ejects) this.#outliers = new OutlierDetection();
  }

  get transitions(): number {
    return this.#outliers?.transitions ?? 0;
  }

  isOut(host: number): boolean {
    return this.#outliers?.isOut(host) ?? false;
  }

  update(route: readonly RouteHost[], nowMs: number): void {
    this.#hosts = route.map(({ host }) => host);
    this.#outliers?.update(route, nowMs);
  }

  choose(nowMs: number): number {
    this.#outliers?.sweepWhenDue(nowMs);
    const outliers = this.#outliers?.isPanic ? undefined : this.#outliers;
    const count = this.#hosts.length;
    let best = NO_HOST;
    let fewest = Infinity;
    const first = this.#next;
    for (let i = 0; i < count; i++) {
      const at = (first + i) % count;
      const host = this.#hosts[at];
      const outstanding = this.#outstanding.of(host);
      if (outstanding >= fewest || outliers?.isOut(host)) continue;
      best = host;
      fewest = outstanding;
      this.#next = at + 1;
    }
    if (best !== NO_HOST) this.#outstanding.began(best);
    return best;
  }

  report(call: FinishedCall, nowMs: number): void {
    this.#outstanding.ended(call.host);
    this.#outliers?.report(call, nowMs);
  }
}
