/**
 * Round robin: every host in turn, whatever happens. The least that a policy can be, and the measure of the others.
 *
 * @module
 */

import { NO_HOST, type Policy, type RouteHost } from "./policy.ts";

/** Every host in turn. */
export class RoundRobin implements Policy {
  readonly transitions = 0;
  #hosts: readonly number[] = [];
  #next = 0;

  isOut(): boolean {
    return false;
  }

  update(route: readonly RouteHost[]): void {
    this.#hosts = route.map(({ host }) => host);
  }

  choose(): number {
    if (this.#hosts.length === 0) return NO_HOST;
    if (this.#next >= this.#hosts.length) this.#next = 0;
    return this.#hosts[this.#next++];
  }

  report(): void {}
}
