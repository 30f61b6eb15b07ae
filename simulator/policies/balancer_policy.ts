/**
 * The agent's own balancer as a policy: host number n of the scenario has the address 10.0.0.0 + n, port 80.
 *
 * @module
 */

import { Balancer, type BalancerSettings } from "../../agent/balancer/mod.ts";
import { type FinishedCall, NO_HOST, type Policy, type RouteHost } from "./policy.ts";

const FIRST_IP = 0x0a00_0000;
const PORT = 80;

/** A balancer with settings of its own. */
export class BalancerPolicy implements Policy {
  readonly #balancer: Balancer;
  /** The outcome that is reported, made once for all of them. */
  readonly #outcome = { ip: 0, port: PORT, retcode: 0, costMs: 0 };
  #out: ReadonlySet<number> = new Set();
  #outAtTransitions = 0;

  /** The rules are those of `settings`. */
  constructor(settings: BalancerSettings) {
    this.#balancer = new Balancer(settings);
  }

  get transitions(): number {
    return this.#balancer.transitions;
  }

  isOut(host: number): boolean {
    if (this.#outAtTransitions !== this.transitions) this.#readOut();
    return this.#out.has(host);
  }

  update(route: readonly RouteHost[], nowMs: number): void {
    const hosts = route.map(({ host, weight }) => ({ ip: FIRST_IP + host, port: PORT, weight }));
    this.#balancer.update(hosts, nowMs);
    this.#readOut(); // Hosts that are gone make no transition.
  }

  choose(nowMs: number): number {
    const choice = this.#balancer.choose(nowMs);
    return typeof choice === "number" ? NO_HOST : choice.ip - FIRST_IP;
  }

  report({ host, failed, latencyMs }: FinishedCall, nowMs: number): void {
    const outcome = this.#outcome;
    outcome.ip = FIRST_IP + host;
    outcome.retcode = Number(failed);
    outcome.costMs = latencyMs;
    this.#balancer.report(outcome, nowMs);
  }

  #readOut(): void {
    this.#outAtTransitions = this.transitions;
    this.#out = new Set(Array.from(this.#balancer.overloaded, ({ ip }) => ip - FIRST_IP));
  }
}
