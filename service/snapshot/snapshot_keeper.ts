/**
 * Keeps a role's snapshot on disk up to date beside its work: written soon after something changed, but at most once a
 * second and for at most a twentieth of the time. A disk that does not take it costs the snapshot and nothing else.
 *
 * @module
 */

import { type Clock, realClock, type Timer } from "../../reactor/clock.ts";
import type { Counters } from "../../reactor/threads/counters.ts";
import { getLogger } from "../observe/logger.ts";
import { reasonOf } from "../errors.ts";
import type { SnapshotCounter } from "./snapshot_counter.ts";
import type { SnapshotFile } from "./snapshot_file.ts";

/** What a {@link SnapshotKeeper} is made of. */
export interface SnapshotKeeperOptions {
  /** Where it is written. */
  file: Pick<SnapshotFile, "path" | "write" | "confirm">;
  /** Gives the content as it is now; asked when it is about to be written. */
  collect: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** What is counted. */
  counters: Counters<SnapshotCounter>;
  /**
   * Tells when to write.
   * @default the system's
   */
  clock?: Clock;
}

/** From the beginning of one write to that of the next, ms. */
const INTERVAL_MS = 1000;

/** Writing takes at most one part in so many of the time. */
const WRITE_SHARE = 20;

/** After a write that failed, ms. */
const PAUSE_MS = 10_000;

/** A content that stays as it is is confirmed so often, ms. */
const CONFIRM_MS = 10_000;

const log = getLogger("lars", "snapshot");

/** Writes one snapshot, again and again. */
export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #clock: Clock;
  #isChanged = false;
  #dueMs = 0;
  #confirmDueMs = Infinity;
  #timer?: Timer;
  #working?: Promise<void>;
  #isFailing = false;

  /** Writes nothing before {@link changed}. */
  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  /** The content is another one now. */
  changed(): void {
    this.#isChanged = true;
    if (this.#timer !== undefined || this.#working !== undefined) return;
    this.#timer = this.#clock.after(Math.max(0, this.#dueMs - this.#clock.nowMs()), () => {
      this.#timer = undefined;
      this.#work(() => this.#write());
    });
  }

  /** The content was found to be right, as it is. */
  confirmed(): void {
    if (this.#isChanged || this.#working !== undefined) return;
    if (this.#clock.nowMs() < this.#confirmDueMs) return;
    this.#work(() => this.#confirm());
  }

  /** Writes what has changed and is not written yet, and ends. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#working;
    this.#timer?.cancel();
    if (this.#isChanged && !this.#isFailing) await this.#write();
  }

  #work(work: () => Promise<void>): void {
    this.#working = work().finally(() => {
      this.#working = undefined;
      if (this.#isChanged) this.changed();
    });
  }

  async #write(): Promise<void> {
    const { file, collect, counters } = this.#options;
    const startedAtMs = this.#clock.nowMs();
    this.#isChanged = false;
    try {
      counters.set("bytes", await file.write(await collect()));
      const nowMs = this.#clock.nowMs();
      const tookMs = nowMs - startedAtMs;
      this.#dueMs = startedAtMs + Math.max(INTERVAL_MS, tookMs * WRITE_SHARE);
      this.#confirmDueMs = nowMs + CONFIRM_MS;
      counters.add("writes");
      counters.set("writeMs", tookMs);
      counters.set("writtenAtSec", this.#clock.nowSec());
      if (this.#isFailing) log.info("Snapshot {path} is written again", { path: file.path });
      this.#isFailing = false;
    } catch (error) {
      this.#isChanged = true;
      this.#dueMs = this.#clock.nowMs() + PAUSE_MS;
      this.#fail(error);
    }
  }

  async #confirm(): Promise<void> {
    this.#confirmDueMs = this.#clock.nowMs() + CONFIRM_MS;
    try {
      await this.#options.file.confirm();
    } catch {
      this.#isChanged = true; // somebody has removed it, say
    }
  }

  /** Says it once, until it works again. */
  #fail(error: unknown): void {
    const { file, counters } = this.#options;
    counters.add("writeFailures");
    if (!this.#isFailing) {
      log.warn("Snapshot {path} cannot be written, the next start would be without: {reason}", {
        path: file.path,
        reason: reasonOf(error),
      });
    }
    this.#isFailing = true;
  }
}
