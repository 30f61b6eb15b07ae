/**
 * When a shard tells the reporter client of its modules, and how much at a time.
 *
 * What changes again and again while hosts fail is told once: a module's status travels at most once in a pause, which
 * grows with what was told in the last go. So an outage costs O(hosts) in each pause, however many hosts change their
 * state in it, and never more than a small share of the thread.
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
import type { ModuleNews } from "./module_news.ts";
import type { ShardCounter } from "./shard_counter.ts";
import { packStatuses, type StatusSource, type Told } from "./status_words.ts";

/** Before a host's change of state is told, others may change theirs, ms. */
const PAUSE_MS = 25;

/** How much longer the pause is for each host told before it, ms: 50,000 a second are told at most. */
const PAUSE_MS_PER_HOST = 0.02;

/** What a {@link StatusTeller} is made of. */
export interface StatusTellerOptions {
  /** Where the news is. */
  source: ModuleNews;
  /** How often reports on hosts that keep their state are told, ms. */
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

/** Tells of what is news in one shard. */
export class StatusTeller {
  readonly #options: StatusTellerOptions;
  readonly #clock: Clock;
  #newsTimer: Timer;
  #tellingNews?: Promise<Told>;
  #changeTimer?: Timer;
  #tellingChanges?: Promise<Told>;
  #hasChanges = false;
  #pauseMs = PAUSE_MS;

  /** Begins to tell. */
  constructor(options: StatusTellerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#newsTimer = this.#clock.every(options.intervalMs, () => this.#tellNews());
  }

  /** Tells at another interval. */
  reload(intervalMs: number): void {
    this.#newsTimer.cancel();
    this.#newsTimer = this.#clock.every(intervalMs, () => this.#tellNews());
  }

  /** Hears that a host has changed its state. */
  changed(): void {
    this.#hasChanges = true;
    this.#changeTimer ??= this.#clock.after(this.#pauseMs, () => this.#tellChanges());
  }

  /** Tells all there is to tell, and no more after that. */
  async stop(): Promise<void> {
    this.#newsTimer.cancel();
    this.#changeTimer?.cancel();
    await Promise.all([this.#tellingNews, this.#tellingChanges]);
    this.#changeTimer?.cancel();
    await this.#tell(this.#options.source.takeChanged());
    await this.#tell(this.#options.source.takeReported());
  }

  async #tellNews(): Promise<void> {
    if (this.#tellingNews !== undefined) return; // telling takes longer than the interval
    this.#tellingNews = this.#tell(this.#options.source.takeReported());
    await this.#tellingNews;
    this.#tellingNews = undefined;
  }

  async #tellChanges(): Promise<void> {
    this.#hasChanges = false;
    this.#tellingChanges = this.#tell(this.#options.source.takeChanged());
    const { hosts } = await this.#tellingChanges;
    this.#tellingChanges = undefined;
    this.#pauseMs = PAUSE_MS + hosts * PAUSE_MS_PER_HOST;
    this.#changeTimer = undefined;
    if (this.#hasChanges) this.changed();
  }

  async #tell(modules: Iterable<StatusSource>): Promise<Told> {
    const told = await runCooperatively(this.#send(modules), { clock: this.#clock });
    this.#options.counters.add("statuses", told.modules);
    return told;
  }

  *#send(modules: Iterable<StatusSource>): Generator<void, Told> {
    const messages = packStatuses(modules, Math.floor(this.#clock.nowSec()));
    for (;;) {
      const next = messages.next();
      if (next.done) return next.value;
      yield this.#options.send(next.value);
    }
  }
}
