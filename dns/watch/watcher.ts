/**
 * Keeps a route table as the database has it: follows announced changes, and reads everything where following does not
 * tell, or may not. One {@link RouteWatcher.poll} is one look; when to look, and what to do while the database is away,
 * is watch_loop.ts's business.
 *
 * A full read goes on beside the polls. What a poll reads meanwhile is newer than the full read, which sees the database
 * as it was when it began: so it changes nothing of those modules.
 *
 * @module
 */

import { getLogger } from "../../service/observe/logger.ts";
import { reasonOf } from "../../service/errors.ts";
import { isModuleName, ModuleMap, type ModuleName } from "../../proto/mod.ts";
import { type Clock, realClock } from "../../reactor/clock.ts";
import type { Counters } from "../../reactor/threads/counters.ts";
import { Backoff } from "../../reactor/tcp/backoff.ts";
import { Yielder, yieldToAll } from "../../reactor/threads/cooperative_yield.ts";
import type { RoutePosition } from "../../sql/routes/route_row.ts";
import type { RouteStore } from "../../sql/routes/route_store.ts";
import { ChangeCursor, CHANGES_KEPT_SEC, type Prune } from "./change_cursor.ts";
import { encodeEmptyRouteFrame, type RouteFrame } from "../routes/route_frame.ts";
import { measureLoss } from "./route_loss.ts";
import type { RouteTable } from "../routes/route_table.ts";
import { RouteTableWriter } from "../routes/route_table_writer.ts";
import { ServableRoutes } from "../routes/servable_routes.ts";
import type { Agreement } from "../routes/table_snapshot.ts";
import { UnservableLog } from "../routes/unservable_log.ts";
import { countTable, type WatcherCounter } from "./watcher_counter.ts";
import { type GuardSettings, type HeldLoss, LEAST_HOSTS, WipeGuard } from "./wipe_guard.ts";

/** What watching needs of the routes in a database. */
export type WatchedStore = Pick<
  RouteStore,
  | "readPosition"
  | "readChanges"
  | "readModules"
  | "readAll"
  | "readAcceptedId"
  | "pruneChanges"
  | "close"
>;

/** What became of a full read: neither, where it failed. */
export interface ReadOutcome {
  /** What is served is what was read: since when, and where the database stood then. */
  agreement?: Agreement;
  /** What of it is held back, as it lacks what nobody removed. */
  held?: HeldLoss;
}

/** When full reads are made, and what is done with them. */
export interface ReloadSettings {
  /** How long after one full read began the next one does, ms; later where reading takes long. */
  reloadIntervalMs: number;
  /** When what is lost is held back. */
  guard: Omit<GuardSettings, "intervalMs">;
}

/** What a {@link RouteWatcher} is made of. */
export interface RouteWatcherOptions extends ReloadSettings {
  /** Where the routes are. */
  store: WatchedStore;
  /** The table to keep; nobody else writes to it. */
  table: RouteTable;
  /** Takes the modules whose answer is another one now, each once. */
  publish: (changed: ModuleName[]) => void;
  /** Called with the outcome of each full read. */
  onRead?: (outcome: ReadOutcome) => void;
  /** When that was last found right; undefined where nobody is served from it yet. */
  agreement?: Agreement;
  /** What is counted. */
  counters: Counters<WatcherCounter>;
  /**
   * Tells the time.
   * @default the system's
   */
  clock?: Clock;
}

/** Full reads that nothing asks for take at most one part in so many of the time. */
const RELOAD_SHARE = 5;

/** Old change rows go so many at a time: a few milliseconds of the database. */
const PRUNE_ROWS = 5000;

const log = getLogger("lars", "dns", "watcher");

/** Watches the routes of one database for one dns. */
export class RouteWatcher {
  readonly #store: WatchedStore;
  readonly #table: RouteTable;
  readonly #writer: RouteTableWriter;
  readonly #publish: (changed: ModuleName[]) => void;
  readonly #counters: Counters<WatcherCounter>;
  #reloadIntervalMs: number;
  readonly #clock: Clock;

  readonly #cursor = new ChangeCursor();
  readonly #guard: WipeGuard;
  readonly #onRead?: (outcome: ReadOutcome) => void;
  readonly #unservable = new UnservableLog();
  readonly #reloadBackoff = new Backoff();
  #agreement?: Agreement;
  /** The highest AcceptedLoss.id at the last full read. */
  #acceptedId = 0;
  /** Modules named as changed and not read yet: they stay here when reading them fails. */
  #named = new ModuleMap<ModuleName>();
  /** The modules that polls read since the full read at work began. */
  #newer?: ModuleMap<true>;
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
    this.#writer = new RouteTableWriter(options.table);
    this.#counters = options.counters;
    this.#reloadIntervalMs = options.reloadIntervalMs;
    this.#agreement = options.agreement;
    this.#onRead = options.onRead;
    this.#guard = new WipeGuard(guardSettingsOf(options), options.agreement?.acceptedId);
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
   * Polls once: publishes what announced changes changed, and begins a full read when one is due. Not to be called while
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
    if (this.#guard.held !== undefined && await this.#isAccepted()) this.#reloadDueMs = nowMs;
    if (this.#reloading === undefined && nowMs >= this.#reloadDueMs) {
      this.#startReload(nowMs, position);
    }
    if (this.#pruning === undefined) this.#startPrune(nowMs);
    this.#counters.set("version", position.version);
  }

  /** Goes on with other settings; another interval counts from now on where that is sooner. */
  reload(settings: ReloadSettings): void {
    this.#guard.reload(guardSettingsOf(settings));
    this.#reloadIntervalMs = settings.reloadIntervalMs;
    this.#reloadDueMs = Math.min(this.#reloadDueMs, this.#clock.nowMs() + this.#reloadIntervalMs);
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
    for (const { modid, cmdid } of frames) this.#newer?.set(modid, cmdid, true);
    this.#apply(frames.filter((frame) => !this.#table.holds(frame)));
  }

  /** Whether somebody has accepted a loss since the last full read. */
  async #isAccepted(): Promise<boolean> {
    return await this.#store.readAcceptedId() !== this.#acceptedId;
  }

  #startReload(startedAtMs: number, position: RoutePosition): void {
    this.#reloadDueMs = Infinity;
    this.#newer = new ModuleMap();
    this.#reloading = this.#reload(startedAtMs, position)
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
        this.#onRead?.({});
      })
      .finally(() => {
        this.#newer = undefined;
        this.#reloading = undefined;
      });
  }

  async #reload(startedAtMs: number, { changeId }: RoutePosition): Promise<void> {
    const yielder = new Yielder({ budgetMs: 10, yieldTo: yieldToAll, clock: this.#clock });
    const agreement = { atSec: this.#clock.nowSec(), changeId, acceptedId: 0 };
    agreement.acceptedId = this.#acceptedId = await this.#store.readAcceptedId();
    const routes = new ServableRoutes();
    for await (const rows of this.#store.readAll()) {
      routes.add(rows);
      if (yielder.isDue()) await yielder.yield();
      if (this.#isStopping) return;
    }
    const changed = await this.#differences(routes, yielder);
    this.#unservable.replace(routes);
    this.#counters.set("unservableRows", routes.unservableCount);

    const held = await this.#guarded(changed, { agreement, startedAtMs });
    if (this.#isStopping) return;
    if (held !== "all") this.#apply(without(without(changed, this.#newer), held));
    if (this.#guard.held === undefined) this.#agreement = agreement;
    this.#onRead?.({
      agreement: this.#guard.held === undefined ? agreement : undefined,
      held: this.#guard.held,
    });
  }

  /** The routes of a full read that are not what is served. */
  async #differences(routes: ServableRoutes, yielder: Yielder): Promise<RouteFrame[]> {
    const changed: RouteFrame[] = [];
    for (const route of routes.frames()) {
      if (!this.#table.holds(route)) changed.push(route);
      if (yielder.isDue()) await yielder.yield();
      if (this.#isStopping) return [];
    }
    for (const module of this.#table.modules()) {
      if (!routes.has(module)) changed.push(encodeEmptyRouteFrame(module));
    }
    return changed;
  }

  /** What of a full read may not take the place of what is served: all of it, or its lack of some modules. */
  async #guarded(
    read: readonly RouteFrame[],
    { agreement, startedAtMs }: { agreement: Agreement; startedAtMs: number },
  ): Promise<"all" | ModuleMap<true>> {
    const table = this.#table;
    if (this.#agreement === undefined) return new ModuleMap();
    const changed = without(read, this.#newer);
    const served = { modules: table.moduleCount, hosts: table.hostCount };
    let loss = await measureLoss(table, changed);
    const next = {
      modules: served.modules - loss.modules + loss.gainedModules,
      hosts: served.hosts - loss.hosts + loss.gainedHosts,
    };
    let announced: ModuleMap<true> | undefined;
    if (loss.hosts >= LEAST_HOSTS) {
      announced = await this.#announced();
      loss = await measureLoss(table, without(changed, announced));
    }
    const before = this.#guard.held;
    const verdict = this.#guard.judge({
      loss,
      knowsAnnounced: announced !== undefined,
      served,
      next,
      acceptedId: agreement.acceptedId,
      atMs: startedAtMs,
    });
    this.#tellOfGuard(before);
    if (verdict === "hold all") return "all";
    const held = new ModuleMap<true>();
    if (verdict === "apply") return held;
    for (const { modid, cmdid } of loss.wholeModules) held.set(modid, cmdid, true);
    return held;
  }

  /** The modules that were announced since what is served was found right; undefined where that cannot be told. */
  async #announced(): Promise<ModuleMap<true> | undefined> {
    if (this.#agreement === undefined) return undefined;
    const { atSec, changeId } = this.#agreement;
    if (this.#clock.nowSec() - atSec > CHANGES_KEPT_SEC) return undefined;
    const modules = new ModuleMap<true>();
    for (const { modid, cmdid } of await this.#store.readChanges([{ from: changeId + 1 }])) {
      modules.set(modid, cmdid, true);
    }
    return modules;
  }

  #tellOfGuard(before: HeldLoss | undefined): void {
    const { held, lastEnd } = this.#guard;
    this.#counters.set("heldModules", held?.modules ?? 0);
    this.#counters.set("heldHosts", held?.hosts ?? 0);
    if (held !== undefined) this.#counters.add("heldReads");
    if (held !== undefined && before === undefined) {
      log.warn("The database lacks {hosts} hosts that nobody removed: held back, see lars guard", {
        ...held,
      });
    } else if (held === undefined && before !== undefined) {
      log.info("What the database lacked is not held back any more: {how}", { how: lastEnd });
    }
  }

  /** Serves routes that differ from those served. */
  #apply(changed: readonly RouteFrame[]): void {
    if (changed.length === 0) return;
    for (const route of changed) this.#writer.put(route);
    countTable(this.#counters, this.#table);
    if (this.#agreement === undefined) return; // nobody is served yet
    this.#counters.add("changedModules", changed.length);
    this.#publish(changed.map(({ modid, cmdid }) => ({ modid, cmdid })));
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
    while (!this.#isStopping) {
      const deleted = await this.#store.pruneChanges({ ...prune, limit: PRUNE_ROWS });
      this.#counters.add("prunedRows", deleted);
      if (deleted < PRUNE_ROWS) return;
      await yieldToAll(); // where the database is a file, the thread does the work
    }
  }
}

function guardSettingsOf({ guard, reloadIntervalMs }: ReloadSettings): GuardSettings {
  return { ...guard, intervalMs: reloadIntervalMs };
}

function without(routes: readonly RouteFrame[], modules?: ModuleMap<true>): readonly RouteFrame[] {
  if (modules === undefined) return routes;
  return routes.filter(({ modid, cmdid }) => !modules.has(modid, cmdid));
}
