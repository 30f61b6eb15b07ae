/**
 * The limit: a policy that knows the true state and the line of each host at the moment of the pick. It never picks a sick
 * host while a well one has room, picks the one where the call is expected to end first, and refuses only what cannot be
 * served in time. No balancer can know as much; what a policy loses more than this one is what it could avoid.
 *
 * What it does not know is chance: how long just this call will take, and whether just this one will fail.
 *
 * @module
 */

import { NO_HOST, type Policy, type PoolView, type RouteHost } from "./policy.ts";

/** A host whose line loses this share of the calls more than it would without is full. */
const FULL_SHARE = 0.002;

/** Hosts are as well as each other when they lose the same share to this part. */
const GRADES = 100;

/** The best of all hosts. */
export class Oracle implements Policy {
  readonly transitions = 0;
  readonly #pool: PoolView;
  #hosts: readonly number[] = [];
  #next = 0;

  /** Knows all of this. */
  constructor(pool: PoolView) {
    this.#pool = pool;
  }

  isOut(): boolean {
    return false;
  }

  update(route: readonly RouteHost[]): void {
    this.#hosts = route.map(({ host }) => host);
  }

  choose(nowMs: number): number {
    const count = this.#hosts.length;
    let best = NO_HOST;
    let bestGrade = GRADES;
    let bestMs = Infinity;
    const first = this.#next;
    for (let i = 0; i < count; i++) {
      const at = (first + i) % count;
      const host = this.#hosts[at];
      const faultShare = this.#pool.faultShare(host);
      const grade = Math.floor(faultShare * GRADES);
      if (grade > bestGrade || faultShare === 1) continue;
      if (this.#pool.lossShare(host, nowMs) - faultShare > FULL_SHARE) continue;
      const expectedMs = this.#pool.expectedMs(host, nowMs);
      if (grade === bestGrade && expectedMs >= bestMs) continue;
      best = host;
      bestGrade = grade;
      bestMs = expectedMs;
      this.#next = at + 1;
    }
    return best;
  }

  report(): void {}
}
