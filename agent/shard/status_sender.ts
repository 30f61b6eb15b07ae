/**
 * When a shard sends the statuses of its modules to the reporter client, and how many at a time.
 *
 * Changes are conflated: a module's status leaves at most once in a pause, which grows with what was sent before it. So an
 * outage costs O(hosts) in each pause, however many hosts change their state in it, and never more than a small share of
 * the thread.
 *
 * @module
 */

import {
  type Clock,
  type Counters,
  realClock,
  runCooperatively,
  type Timer,
} from "../../reactor/mod.ts";
import type { DirtyModules } from "./dirty_modules.ts";
import type { ShardCounter } from "./shard_counter.ts";
import { packStatuses, type SentStatuses, type StatusSource } from "./status_words.ts";

/** Before a host's change of state is sent, others may change theirs, ms. */
const PAUSE_MS = 25;

/** How much longer the pause is for each host sent before it, ms: 50,000 a second are sent at most. */
const PAUSE_MS_PER_HOST = 0.02;

/** What a {@link StatusSender} is made of. */
export interface StatusSenderOptions {
  /** The modules whose status is to be sent. */
  source: Pick<DirtyModules, "takeReported" | "takeChanged">;
  /** How often reports on hosts that keep their state are sent, ms. */
  intervalMs: number;
  /** What is counted. */
  counters: Counters<ShardCounter>;
  /** Takes a message of status_words.ts, which is its own from then on. */
  send: (message: Uint32Array<ArrayBuffer>) => void;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Sends the statuses of one shard. */
export class StatusSender {
  readonly #options: StatusSenderOptions;
  readonly #clock: Clock;
  #reportTimer: Timer;
  #sendingReported?: Promise<SentStatuses>;
  #changeTimer?: Timer;
  #sendingChanged?: Promise<SentStatuses>;
  #hasChanges = false;
  #pauseMs = PAUSE_MS;

  /** Begins to send. */
  constructor(options: StatusSenderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#reportTimer = this.#startReportTimer(options.intervalMs);
  }

  /** Sends at another interval. */
  reload(intervalMs: number): void {
    this.#reportTimer.cancel();
    this.#reportTimer = this.#startReportTimer(intervalMs);
  }

  /** Notes that a host has changed its state. */
  changed(): void {
    this.#hasChanges = true;
    this.#changeTimer ??= this.#clock.after(this.#pauseMs, () => this.#sendChanged());
  }

  /** Sends all there is to send, and no more after that. */
  async stop(): Promise<void> {
    this.#reportTimer.cancel();
    this.#changeTimer?.cancel();
    await Promise.all([this.#sendingReported, this.#sendingChanged]);
    this.#changeTimer?.cancel();
    await this.#send(this.#options.source.takeChanged());
    await this.#send(this.#options.source.takeReported());
  }

  #startReportTimer(intervalMs: number): Timer {
    return this.#clock.every(intervalMs, () => this.#sendReported());
  }

  async #sendReported(): Promise<void> {
    if (this.#sendingReported !== undefined) return; // it takes longer than the interval
    this.#sendingReported = this.#send(this.#options.source.takeReported());
    await this.#sendingReported;
    this.#sendingReported = undefined;
  }

  async #sendChanged(): Promise<void> {
    this.#hasChanges = false;
    this.#sendingChanged = this.#send(this.#options.source.takeChanged());
    const { hosts } = await this.#sendingChanged;
    this.#sendingChanged = undefined;
    this.#pauseMs = PAUSE_MS + hosts * PAUSE_MS_PER_HOST;
    this.#changeTimer = undefined;
    if (this.#hasChanges) this.changed();
  }

  async #send(modules: Iterable<StatusSource>): Promise<SentStatuses> {
    const sent = await runCooperatively(this.#sendSteps(modules), { clock: this.#clock });
    this.#options.counters.add("statuses", sent.modules);
    return sent;
  }

  *#sendSteps(modules: Iterable<StatusSource>): Generator<void, SentStatuses> {
    const messages = packStatuses(modules, Math.floor(this.#clock.nowSec()));
    for (;;) {
      const next = messages.next();
      if (next.done) return next.value;
      yield this.#options.send(next.value);
    }
  }
}
