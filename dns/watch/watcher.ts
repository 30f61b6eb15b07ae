/**
 * Keeps a route table as the database has it: follows announced changes, and reads everything where following does not
 * tell, or may not. One {@link RouteWatcher.poll} is one look; when to look, and what to do while the database is away,
 * is watch_loop.ts's business.
 *
 * A full read goes on beside the polls. What a poll reads meanwhile is newer than the full read, which sees the database
 * as it was when it began: so those modules are kept aside and put over what the full read brings.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { isModuleName, ModuleMap, type ModuleName } from "../../proto/mod.ts";
import { type Clock, realClock } from "../../reactor/clock.ts";
import type { Counters } from "../../reactor/threads/counters.ts";
import { Backoff } from "../../reactor/tcp/backoff.ts";
import { TimeSlices } from "../../reactor/threads/time_slices.ts";
import type { RouteStore } from "../../sql/route_store.ts";
import { ChangeCursor, type Prune } from "./change_cursor.ts";
import type { RouteFrame } from "../routes/route_frame.ts";
import { type RouteTable, RouteTableBuilder } from "../routes/route_table.ts";
import { ServableRoutes } from "../routes/servable_routes.ts";
import { UnservableLog } from "../routes/unservable_log.ts";
import type { WatcherCounter } from "./watcher_counter.ts";

/** A table that takes the place of the one before. */
export interface TableUpdate {
  /** What is served from now on. */
  table: RouteTable;
  /** The modules whose answer is another one now; each once. */
  changed: ModuleName[];
}

/** What watching needs of the routes in a database. */
export type WatchedStore = Pick<
  RouteStore,
  "readPosition" | "readChanges" | "readModules" | "readAll" | "pruneChanges" | "close"
>;

/** What a {@link RouteWatcher} is made of. */
export interface RouteWatcherOptions {
  /** Where the routes are. */
  store: WatchedStore;
  /** Takes the first table, and every one that differs from the one before. */
  publish: (update: TableUpdate) => void;
  /** A table that is served already, to go on from. */
  table?: RouteTable;
  /** How long after one full read began the next one does, ms; later where reading takes long. */
  reloadIntervalMs: number;
  /** What is counted. */
  counters: Counters<WatcherCounter>;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Full reads that nothing asks for take at most one part in so many of the time. */
const RELOAD_SHARE = 10;

/** Old change rows go so many at a time: a few milliseconds of the database. */
const PRUNE_ROWS = 5000;

const log = getLogger("lars", "dns", "watcher");

/** Watches the routes of one database for one dns. */
export class RouteWatcher {
  readonly #store: WatchedStore;
  readonly #publish: (update: TableUpdate) => void;
  readonly #counters: Counters<WatcherCounter>;
  #reloadIntervalMs: number;
  readonly #clock: Clock;

  readonly #cursor = new ChangeCursor();
  readonly #unservable = new UnservableLog();
  readonly #reloadBackoff = new Backoff();
  #table?: RouteTable;
  /** Modules named as changed and not read yet: they stay here when reading them fails. */
  #named = new ModuleMap<ModuleName>();
  /** What polls read since the full read at work began. */
  #newer?: ModuleMap<RouteFrame>;
  #reloading?: Promise<void>;
  #reloadDueMs = 0;
  #pruning?: Promise<void>;
  /** Whether the last pruning failed, which is said once. */
  #cannotPrune = false;
  #isStopping = false;

  /** Reads nothing before the first poll. */
  constructor(options: RouteWatcherOptions) {
    this.#store = options.store;
    this.#publish = options.publish;
    this.#table = options.table;
    this.#counters = options.counters;
    this.#reloadIntervalMs = options.reloadIntervalMs;
    this.#clock = options.clock ?? realClock;
  }

  /** The full read at work, if there is one: settles when it is over, and never rejects. */
  get reloading(): Promise<void> | undefined {
    return this.#reloading;
  }

  /** The deletion of old change rows at work, if there is one: settles when it is over, and never rejects. */
  get pruning(): Promise<void> | undefined {
    return this.#pruning;
  }

  /**
   * Looks once: publishes what announced changes changed, and begins a full read when one is due. Not to be called while
   * an earlier call is at work.
   *
   * @throws {StoreError} When the database is away; what was not read is read by a later poll.
   */
  async poll(): Promise<void> {
    const position = await this.#store.readPosition();
    const nowMs = this.#clock.nowMs();
    const ranges = this.#cursor.rangesTo(position);
    const rows = ranges.length > 0 ? await this.#store.readChanges(ranges) : [];
    const { isExplained, modules } = this.#cursor.moveTo(position, { rows, nowMs });
    if (!isExplained) {
      this.#counters.add("unexplainedMoves");
      this.#reloadDueMs = nowMs;
    }
    for (const module of modules.filter(isModuleName)) {
      this.#named.set(module.modid, module.cmdid, module);
    }
    await this.#readNamed();
    // Only here, when no partial read is at work: what one reads is then always newer than the full read's view.
    if (this.#reloading === undefined && nowMs >= this.#reloadDueMs) this.#startReload(nowMs);
    if (this.#pruning === undefined) this.#startPrune(nowMs);
    this.#counters.set("version", position.version);
  }

  /** Goes on with another interval, which counts from now on where that is sooner. */
  setReloadInterval(ms: number): void {
    this.#reloadIntervalMs = ms;
    this.#reloadDueMs = Math.min(this.#reloadDueMs, this.#clock.nowMs() + ms);
  }

  /** Ends the full read and the deletion at work; the store can be closed afterwards. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#reloading, this.#pruning]);
  }

  async #readNamed(): Promise<void> {
    const modules = [...this.#named.values()];
    if (modules.length === 0) return;
    const routes = new ServableRoutes();
    routes.add(await this.#store.readModules(modules));
    const frames = modules.map((module) => routes.frame(module));
    this.#named.clear();
    this.#unservable.add(routes);
    this.#counters.add("partialReads");
    for (const frame of frames) this.#newer?.set(frame.modid, frame.cmdid, frame);

    const table = this.#table;
    if (table === undefined) return; // the full read at work will bring a table, and take these over
    const changed = frames.filter((frame) => !table.holds(frame));
    if (changed.length > 0) this.#replace(table.patch(changed), changed);
  }

  #startReload(startedAtMs: number): void {
    this.#reloadDueMs = Infinity;
    this.#newer = new ModuleMap();
    this.#reloading = this.#reload()
      .then(() => {
        const tookMs = this.#clock.nowMs() - startedAtMs;
        const dueMs = startedAtMs + Math.max(this.#reloadIntervalMs, tookMs * RELOAD_SHARE);
        // A move that came meanwhile and was not explained has set an earlier time.
        this.#reloadDueMs = Math.min(this.#reloadDueMs, dueMs);
        this.#reloadBackoff.reset();
        this.#counters.add("reloads");
        this.#counters.set("reloadMs", tookMs);
      })
      .catch((error) => {
        if (this.#isStopping) return;
        this.#reloadDueMs = this.#clock.nowMs() + this.#reloadBackoff.nextMs();
        this.#counters.add("reloadFailures");
        log.warn("Reading all routes failed: {reason}", { reason: reasonOf(error) });
      })
      .finally(() => {
        this.#newer = undefined;
        this.#reloading = undefined;
      });
  }

  async #reload(): Promise<void> {
    const slices = new TimeSlices();
    const routes = new ServableRoutes();
    for await (const rows of this.#store.readAll()) {
      routes.add(rows);
      if (slices.isOver) await slices.next();
      if (this.#isStopping) return;
    }
    const builder = new RouteTableBuilder();
    for (const frame of routes.frames()) {
      builder.add(frame);
      if (slices.isOver) await slices.next();
      if (this.#isStopping) return;
    }
    this.#unservable.replace(routes);
    this.#counters.set("unservableRows", routes.unservableCount);

    const table = builder.build().patch([...this.#newer!.values()]);
    if (this.#table === undefined) return this.#replace(table, []);
    const changed = [...this.#table.diff(table)];
    if (changed.length > 0) this.#replace(table, changed);
  }

  #replace(table: RouteTable, changed: ModuleName[]): void {
    this.#table = table;
    this.#counters.add("changedModules", changed.length);
    this.#counters.set("modules", table.moduleCount);
    this.#counters.set("hosts", table.hostCount);
    this.#counters.set("tableBytes", table.buffer.byteLength);
    this.#publish({ table, changed: changed.map(({ modid, cmdid }) => ({ modid, cmdid })) });
  }

  #startPrune(nowMs: number): void {
    const prune = this.#cursor.prune({ nowMs, nowSec: this.#clock.nowSec() });
    if (prune === undefined) return;
    this.#pruning = this.#prune(prune)
      .then(() => {
        this.#cannotPrune = false;
      })
      .catch((error) => {
        // Serving does not hang on it: a database user that may only read serves as well.
        if (this.#isStopping || this.#cannotPrune) return;
        this.#cannotPrune = true;
        log.warn("Deleting old rows of RouteChange failed: {reason}", { reason: reasonOf(error) });
      })
      .finally(() => {
        this.#pruning = undefined;
      });
  }

  /** Goes on beside the polls, in steps: there may be millions of rows. */
  async #prune(prune: Prune): Promise<void> {
    const slices = new TimeSlices(0);
    while (!this.#isStopping) {
      const deleted = await this.#store.pruneChanges({ ...prune, limit: PRUNE_ROWS });
      this.#counters.add("prunedRows", deleted);
      if (deleted < PRUNE_ROWS) return;
      await slices.next(); // where the database is a file, the thread does the work
    }
  }
}
