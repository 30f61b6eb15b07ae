/**
 * Round robin with outlier ejection, as Envoy has it by default: every host in turn but those that outlier_detection.ts
 * ejects.
 *
 * @module
 */

import { type FinishedCall, NO_HOST, type Policy, type RouteHost } from "./policy.ts";
import { OutlierDetection } from "./outlier_detection.ts";

/** Round robin over the hosts that are not ejected. */
export class Envoy implements Policy {
  readonly #outliers = new OutlierDetection();
  #hosts: readonly number[] = [];
  #next = 0;

  get transitions(): number {
    return this.#outliers.transitions;
  }

  isOut(host: number): boolean {
    return this.#outliers.isOut(host);
  }

  update(route: readonly RouteHost[], nowMs: number): void {
    this.#hosts = route.map(({ host }) => host);
    this.#outliers.update(route, nowMs);
  }

  choose(nowMs: number): number {
    this.#outliers.sweepWhenDue(nowMs);
    const count = this.#hosts.length;
    if (count === 0) return NO_HOST;
    const { isPanic } = this.#outliers;
    for (;;) {
      const host = this.#hosts[this.#next++ % count];
      if (isPanic || !this.#outliers.isOut(host)) return host;
    }
  }

  report(call: FinishedCall, nowMs: number): void {
    this.#outliers.report(call, nowMs);
  }
}
