/**
 * Least outstanding: the host with the fewest calls that have not come back, of several the one that is next in turn.
 * It sheds what is slow, and is drawn to what fails fast: a host that refuses every call never has any outstanding.
 *
 * @module
 */

import { type FinishedCall, NO_HOST, type Policy, type RouteHost } from "../policy.ts";
import { Outstanding } from "./outstanding.ts";

/** The host with the fewest calls under way. */
export class LeastOutstanding implements Policy {
  readonly transitions = 0;
  #hosts: readonly number[] = [];
  #next = 0;
  readonly #outstanding = new Outstanding();

  isOut(): boolean {
    return false;
  }

  update(route: readonly RouteHost[]): void {
    this.#hosts = route.map(({ host }) => host);
  }

  choose(): number {
    const count = this.#hosts.length;
    if (count === 0) return NO_HOST;
    let best = this.#next % count;
    for (let i = 1; i < count; i++) {
      const at = (this.#next + i) % count;
      if (this.#outstanding.of(this.#hosts[at]) < this.#outstanding.of(this.#hosts[best])) {
        best = at;
      }
    }
    this.#next = best + 1;
    this.#outstanding.began(this.#hosts[best]);
    return this.#hosts[best];
  }

  report({ host }: FinishedCall): void {
    this.#outstanding.ended(host);
  }
}
