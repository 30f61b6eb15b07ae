/**
 * The demo's program: calls the demo's module at an even rate, as any business program would, and counts what it sees.
 *
 * @module
 */

import { type Host, LarsClient, LarsError } from "../../client/mod.ts";
import type { Endpoint } from "../../reactor/mod.ts";
import { DEMO_MODULE } from "./demo_routes.ts";
import type { DemoStats } from "./demo_stats.ts";

/** How often calls that are due are started. */
const TICK_MS = 5;
/** A backend that hangs counts as failed after so long: longer than a busy machine may take. */
const CALL_TIMEOUT_MS = 5000;

/** A dns that has just started on a busy machine may take its time. */
const ROUTE_TIMEOUT_MS = 30_000;

/** Calls until it is stopped. */
export class DemoCaller implements AsyncDisposable {
  readonly #client: LarsClient;
  readonly #stats: DemoStats;
  readonly #startMs = performance.now();
  readonly #calls = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** Waits until the demo's route is there, and begins to call. */
  static async start(
    { agent, perSec, stats }: {
      agent: Endpoint;
      perSec: number;
      stats: DemoStats;
    },
  ): Promise<DemoCaller> {
    const client = new LarsClient(agent);
    try {
      const { modid, cmdid } = DEMO_MODULE;
      await client.register(modid, cmdid, { timeoutMs: ROUTE_TIMEOUT_MS });
    } catch (error) {
      await client.close();
      throw error;
    }
    return new DemoCaller(client, { perSec, stats });
  }

  private constructor(client: LarsClient, { perSec, stats }: { perSec: number; stats: DemoStats }) {
    this.#client = client;
    this.#stats = stats;
    const pace = new Pace(perSec);
    this.#timer = setInterval(() => {
      for (let due = pace.due(this.elapsedMs); due > 0; due--) {
        const call = this.#call().finally(() => this.#calls.delete(call));
        this.#calls.add(call);
      }
    }, TICK_MS);
  }

  /** How long it has been calling. */
  get elapsedMs(): number {
    return performance.now() - this.#startMs;
  }

  /** Begins no more calls, and waits for those under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#calls);
    await this.#client.close();
  }

  async #call(): Promise<void> {
    try {
      await this.#client.call(DEMO_MODULE.modid, DEMO_MODULE.cmdid, (host) => this.#fetch(host));
    } catch (error) {
      // Any other is the backend's, and counted.
      if (error instanceof LarsError) this.#stats.pickFailed(error.code);
    }
  }

  async #fetch({ hostname, port }: Host): Promise<void> {
    const host = `${hostname}:${port}`;
    const startMs = this.elapsedMs;
    this.#stats.picked(host, secondOf(startMs));
    let isOk = false;
    try {
      const signal = AbortSignal.timeout(CALL_TIMEOUT_MS);
      const response = await fetch(`http://${host}/`, { signal });
      await response.text();
      isOk = response.status < 500;
    } finally {
      const nowMs = this.elapsedMs;
      this.#stats.called(host, { second: secondOf(nowMs), isOk, costMs: nowMs - startMs });
    }
    if (!isOk) throw new Error(`${host} answered with an error`);
  }
}

function secondOf(elapsedMs: number): number {
  return Math.floor(elapsedMs / 1000);
}

/** How far a start may be late before it is left out: a machine that slept must not catch up in a burst. */
const MAX_LAG_MS = 1000;

/** Says how many starts are due; pure, the time is an argument. */
export class Pace {
  readonly #perMs: number;
  #startedUntilMs = 0;

  /** At so many starts a second, counted from time 0. */
  constructor(perSec: number) {
    this.#perMs = perSec / 1000;
  }

  /** How many starts have come due since it was asked last. */
  due(nowMs: number): number {
    this.#startedUntilMs = Math.max(this.#startedUntilMs, nowMs - MAX_LAG_MS);
    const count = Math.floor((nowMs - this.#startedUntilMs) * this.#perMs);
    this.#startedUntilMs += count / this.#perMs;
    return count;
  }
}
