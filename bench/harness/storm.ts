/**
 * Very many agents at once, of bench/native/storm_load.c: what has become of them so far.
 *
 * @module
 */

import { readLines } from "../../lars/up/role_process.ts";
import { BACKOFF_DEFAULTS } from "../../reactor/tcp/backoff.ts";
import { QUIET_MS } from "../../reactor/tcp/tcp_client.ts";
import type { Flags, Native } from "./native.ts";

/** What storm_load prints, about all agents. */
export interface StormState {
  /** How many are connected. */
  connected: number;
  /** How many have had the right answer for each of their modules, on this connection. */
  right: number;
  /** How many have seen what was changed. */
  changed: number;
  /** How often they began to connect. */
  attempts: number;
  /** How many connections were lost. */
  losses: number;
  /** What came for them, pushes as well. */
  answers: number;
  /** How much of that was not what the database has. */
  wrong: number;
}

/** A line of progress is shown so often, ms. */
const PROGRESS_MS = 2000;

/** The agents. Disposing of it ends them. */
export class Storm implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  /** How many attempts there were by which time, ms; one entry for each line. */
  readonly #attempts: { atMs: number; attempts: number }[] = [];
  #state?: StormState;
  #waiting: { isSo: (state: StormState) => boolean; resolve: () => void }[] = [];

  /** Starts them, all at once. */
  constructor(native: Native, flags: Flags) {
    const { firstMs, maxMs } = BACKOFF_DEFAULTS;
    const waits = { first_ms: firstMs, last_ms: maxMs, quiet_ms: QUIET_MS };
    this.#child = native.startStorm({ ...flags, ...waits });
    this.#reading = this.#read();
  }

  /** The state of now. */
  get state(): StormState | undefined {
    return this.#state;
  }

  /**
   * Waits until something holds of the agents, and tells of progress meanwhile.
   *
   * @throws {Error} When it does not in time, or an agent was told what is wrong.
   */
  async until(
    isSo: (state: StormState) => boolean,
    { what, deadlineSec, signal }: { what: string; deadlineSec: number; signal: AbortSignal },
  ): Promise<void> {
    const progress = setInterval(
      () => console.error(`  ${what}: ${JSON.stringify(this.#state)}`),
      PROGRESS_MS,
    );
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`Not within ${deadlineSec} s: ${what}`)),
      deadlineSec * 1000,
    );
    const giveUp = () => late.reject(signal.reason);
    signal.addEventListener("abort", giveUp);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ isSo, resolve });
    try {
      await Promise.race([promise, late.promise, this.#ended()]);
    } finally {
      clearInterval(progress);
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
    if (this.#state!.wrong > 0) throw new Error(`Wrong answers: ${JSON.stringify(this.#state)}`);
  }

  /** The most attempts to connect within any `windowMs` since a time. */
  busiest(windowMs: number, sinceMs: number): number {
    const lines = this.#attempts.filter(({ atMs }) => atMs >= sinceMs);
    let most = 0;
    for (const [from, { atMs, attempts }] of lines.entries()) {
      const to = lines.findLast((line, at) => at >= from && line.atMs <= atMs + windowMs);
      most = Math.max(most, (to?.attempts ?? attempts) - attempts);
    }
    return most;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#reading;
    await this.#child.status;
  }

  /** Rejects when they end, having said why. */
  async #ended(): Promise<never> {
    await this.#reading;
    throw new Error("storm_load ended");
  }

  async #read(): Promise<void> {
    for await (const line of readLines(this.#child.stdout)) {
      const state: StormState = this.#state = JSON.parse(line);
      this.#attempts.push({ atMs: performance.now(), attempts: state.attempts });
      const isOver = this.#waiting.filter(({ isSo }) => isSo(state));
      this.#waiting = this.#waiting.filter((each) => !isOver.includes(each));
      for (const { resolve } of isOver) resolve();
    }
  }
}
