/**
 * The modules of one shard: their balancers, and when to ask dns about them and about the names that have no route yet
 * (unresolved_names.ts). Whose status is to be sent: dirty_modules.ts. Pure: the time is an
 * argument, and what concerns others is handed to {@link ModuleTableEvents}.
 *
 * What concerns all modules at once is done in {@link Steps}: a table may hold a hundred thousand, and has callers.
 *
 * The life of a name:
 *
 * ```
 *            first asked                 route with hosts
 *   (none) ──────────────▶ unresolved ───────────────────▶ module
 *     ▲                     │  ▲   ▲                         │ │
 *     │ not asked for 60 s, │  │   │       empty route       │ │ unused for an hour
 *     │ or the oldest when  │  │   └─────────────────────────┘ │
 *     └─────────────────────┘  └ asked again after             │
 *     ▲  too many              negativeTtlMs: pulled again     │
 *     └────────────────────────────────────────────────────────┘
 * ```
 *
 * @module
 */

import { ModuleMap, type ModuleName, type Route } from "../../proto/mod.ts";
import { Balancer, type BalancerSettings, type CallOutcome, type Choice } from "../balancer/mod.ts";
import type { Module } from "./module.ts";
import { DirtyModules } from "./dirty_modules.ts";
import { type Unresolved, UnresolvedNames, type Waiter } from "./unresolved_names.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { VerdictTable } from "./verdict_table.ts";

/** Work in steps, each of which costs little. Between two of them the table may be used and changed. */
export type Steps<Result = void> = Generator<unknown, Result>;

/** When the table does what. */
export interface ModuleTableTimes {
  /** How long the first callers of a module wait for its route, ms. */
  firstPullWaitMs: number;
  /** After how long without word from dns a module in use is asked for again, ms. */
  updateTimeoutMs: number;
  /** How long a name is taken not to exist after dns said so, ms. */
  negativeTtlMs: number;
  /** How many names that turn out not to exist dns is asked for in a second. */
  unknownNamesPerSec: number;
}

/** What the table wants done. */
export interface ModuleTableEvents {
  /** Dns is to be asked for these modules. */
  onPull(modules: ModuleName[]): void;
  /** These modules are no longer kept. */
  onDrop(modules: ModuleName[]): void;
  /** So many hosts of a module turned overloaded or idle: {@link ModuleTable.dirty} has it now. */
  onTransition(hosts: number): void;
  /** So many hosts are overloaded as they were in the table whose place this one takes. */
  onRestore(hosts: number): void;
  /** So many times an ejection was suppressed since too many hosts of its module were ejected. */
  onSuppress(times: number): void;
  /** Dns was not asked for a name, as too many are asked for that do not exist. */
  onPullRefused(): void;
}

/** A module not picked from, asked for or reported on for so long is not in use. */
const IN_USE_MS = 60_000;

/** So many seconds' worth of names that do not exist may be asked for at once. */
const UNKNOWN_BURST_SEC = 10;

/** A module unused for so long is dropped. */
const KEEP_MS = 3_600_000;

/**
 * Why a module has no route: nobody has asked for it, or not for so long that it is forgotten; dns has not answered; dns
 * says that it has no hosts.
 */
export type Absence = "unasked" | "unanswered" | "nonexistent";

/** The modules of one shard. */
export class ModuleTable {
  #settings: BalancerSettings;
  #times: ModuleTableTimes;
  readonly #events: ModuleTableEvents;
  readonly #verdicts?: VerdictTable;
  readonly #modules = new ModuleMap<Module>();
  readonly #unresolved = new UnresolvedNames();
  /** A token for each name that dns is asked for, which is given back where the name exists. */
  readonly #unknownNames: TokenBucket;
  /** Those whose status is to be sent. */
  readonly dirty: DirtyModules = new DirtyModules();
  /** What dns said last of each module, and is not taken over yet. */
  readonly #offered = new ModuleMap<Route>();
  /** Those of them that somebody waits for, the first of them first. */
  readonly #awaitedOffers = new Set<Route>();
  #isJoined = false;
  /** When what was inherited of modules that nobody has asked for is forgotten as these are. */
  #inheritedUntilMs?: number;

  /** Makes an empty table. The modules' overloaded hosts are those of `verdicts`, and are kept there. */
  constructor(
    settings: BalancerSettings,
    times: ModuleTableTimes,
    events: ModuleTableEvents & { verdicts?: VerdictTable },
  ) {
    this.#settings = settings;
    this.#times = times;
    this.#events = events;
    this.#unknownNames = new TokenBucket(...unknownRateOf(times));
    this.#verdicts = events.verdicts;
  }

  /** Goes on with other settings, each balancer in its step. Callers that wait already wait as long as they were to. */
  reload(settings: BalancerSettings, times: ModuleTableTimes): Steps {
    this.#settings = settings;
    this.#times = times;
    this.#unknownNames.resize(...unknownRateOf(times));
    return this.#reloadBalancers();
  }

  *#reloadBalancers(): Steps {
    for (const { balancer } of this.#modules.values()) yield balancer.reload(this.#settings);
  }

  /** How many modules have a route. */
  get size(): number {
    return this.#modules.size;
  }

  /** How many names without a route are remembered. */
  get unresolved(): number {
    return this.#unresolved.size;
  }

  /** How many names without a route had to be forgotten for newer ones. */
  get forgotten(): number {
    return this.#unresolved.forgotten;
  }

  /** Every module that has a route. */
  modules(): Iterable<Module> {
    return this.#modules.values();
  }

  /** The module, or why it has no route; looking is no use of it. */
  peek({ modid, cmdid }: ModuleName): Module | Absence {
    const module = this.#modules.get(modid, cmdid);
    if (module !== undefined) return module;
    const unresolved = this.#unresolved.get({ modid, cmdid });
    if (unresolved === undefined) return "unasked";
    return unresolved.absentUntilMs === undefined ? "unanswered" : "nonexistent";
  }

  /** The module, now in use, if its route is at hand, were it only offered yet. */
  find({ modid, cmdid }: ModuleName, nowMs: number): Module | undefined {
    const module = this.#modules.get(modid, cmdid) ?? this.#acceptOffered({ modid, cmdid }, nowMs);
    if (module !== undefined) module.usedAtMs = nowMs;
    return module;
  }

  #acceptOffered({ modid, cmdid }: ModuleName, nowMs: number): Module | undefined {
    if (this.#offered.size === 0) return undefined;
    const route = this.#offered.get(modid, cmdid);
    if (route === undefined) return undefined;
    this.accept(route, nowMs);
    return this.#modules.get(modid, cmdid);
  }

  /**
   * Whether a module that {@link find} did not have is taken not to exist, so that nobody waits for its route: dns has said
   * so, or too many are asked for that do not exist.
   */
  isAbsent(name: ModuleName, nowMs: number): boolean {
    const known = this.#unresolved.get(name);
    if (known?.absentUntilMs !== undefined && nowMs < known.absentUntilMs) {
      known.usedAtMs = nowMs;
      return true;
    }
    const isPullDue = known === undefined || this.#isPullDue(known, nowMs);
    if (!isPullDue || this.#unknownNames.has(nowMs)) return false;
    this.#events.onPullRefused();
    return true;
  }

  /**
   * Waits for the route of a module that is not {@link isAbsent}: asks dns if that is not under way, and calls `waiter` with
   * the module, or with undefined when there is none or no answer in time. That may be before this returns.
   */
  awaitRoute(name: ModuleName, nowMs: number, waiter: Waiter): void {
    const unresolved = this.#unresolved.get(name) ?? this.#unresolved.add(name, nowMs);
    unresolved.usedAtMs = nowMs;
    const isAbsent = unresolved.absentUntilMs !== undefined && nowMs < unresolved.absentUntilMs;
    if (!isAbsent && this.#isPullDue(unresolved, nowMs)) {
      this.#unknownNames.take(nowMs);
      const untilMs = this.#isJoined ? nowMs + this.#times.firstPullWaitMs : Infinity;
      this.#unresolved.awaitAnswer(unresolved, untilMs);
      this.#pull(unresolved, nowMs);
    }
    this.#unresolved.join(unresolved, nowMs, waiter);
  }

  /** See {@link UnresolvedNames.nextDeadlineMs}. */
  get nextDeadlineMs(): number | undefined {
    return this.#unresolved.nextDeadlineMs;
  }

  /** See {@link UnresolvedNames.expireWaiters}. */
  expireWaiters(nowMs: number): void {
    this.#unresolved.expireWaiters(nowMs);
  }

  /** Picks a host of a module. */
  pick(module: Module, nowMs: number): Choice {
    const { transitions } = module.balancer;
    const choice = module.balancer.choose(nowMs);
    this.#noteTransition(module, transitions);
    return choice;
  }

  /** Takes the outcome of calls to a host of a module; says whether the route holds that host. */
  report(module: Module, outcome: CallOutcome, nowMs: number): boolean {
    const { transitions, suppressed } = module.balancer;
    const isHeld = module.balancer.report(outcome, nowMs);
    if (isHeld) this.dirty.addReported(module);
    const more = module.balancer.suppressed - suppressed;
    if (more > 0) this.#events.onSuppress(more);
    this.#noteTransition(module, transitions);
    return isHeld;
  }

  /**
   * Takes a module's route from dns, requested or pushed, to be applied by {@link accept}: to do so takes a while, and
   * a table that takes another's place is told of all modules at once.
   */
  offer(route: Route): void {
    const { modid, cmdid } = route;
    const earlier = this.#offered.get(modid, cmdid);
    if (earlier !== undefined) this.#awaitedOffers.delete(earlier);
    this.#offered.set(modid, cmdid, route);
    const isAwaited = (this.#unresolved.get(route)?.waiters.length ?? 0) > 0;
    if (isAwaited) this.#awaitedOffers.add(route);
  }

  /** Takes a route that may be outdated: good enough for a module of which nothing else is known. */
  offerStale(route: Route): void {
    const { modid, cmdid } = route;
    if (this.#offered.has(modid, cmdid) || this.peek(route) !== "unanswered") return;
    this.offer(route);
  }

  /** The offers that somebody waits for: to be accepted before others. Those that come meanwhile are among them. */
  get awaitedOffers(): Iterable<Route> {
    return this.#awaitedOffers;
  }

  /** Takes over what was offered, unless that was done already, or something newer was offered since. */
  accept(route: Route, nowMs: number): void {
    const { modid, cmdid } = route;
    if (this.#offered.get(modid, cmdid) !== route) return;
    this.#offered.delete(modid, cmdid);
    this.#awaitedOffers.delete(route);
    this.update(route, nowMs);
  }

  /** Takes what dns said of a module's route over at once. */
  update({ modid, cmdid, hosts }: Route, nowMs: number): void {
    if (hosts.length === 0) {
      this.#setAbsent({ modid, cmdid }, nowMs);
      return;
    }
    const known = this.#modules.get(modid, cmdid);
    const module = known ?? this.#add({ modid, cmdid }, nowMs);
    const { transitions } = module.balancer;
    module.confirmedAtMs = nowMs;
    module.pulledAtMs = undefined;
    module.balancer.update(hosts, nowMs);
    if (known === undefined) this.#restore(module, nowMs);
    this.#noteTransition(module, transitions);
    const unresolved = this.#unresolved.get({ modid, cmdid });
    if (unresolved === undefined) return;
    this.#unknownNames.giveBack();
    this.#unresolved.remove(unresolved, module);
  }

  /**
   * Asks the dns client that this table was linked to at `linkedAtMs` for what it has not told of since, and it has told all it knew: either that client is new, and nobody has asked dns on its connection, or this
   * table is, and whoever it could not ask for waits until now.
   */
  join(linkedAtMs: number, nowMs: number): Steps {
    this.#isJoined = true;
    this.#unresolved.limitWaits(nowMs + this.#times.firstPullWaitMs);
    return this.#pullUnconfirmed(linkedAtMs, nowMs);
  }

  *#pullUnconfirmed(linkedAtMs: number, nowMs: number): Steps {
    for (const unresolved of this.#unresolved.values()) {
      if (unresolved.absentUntilMs === undefined) this.#pull(unresolved, nowMs);
      yield;
    }
    for (const module of this.#modules.values()) {
      if (module.confirmedAtMs < linkedAtMs) this.#pull(module, nowMs);
      yield;
    }
  }

  /** Does what is due with time: to be called about once a second. */
  *refresh(nowMs: number): Steps {
    for (const module of this.#modules.values()) {
      const unusedMs = nowMs - module.usedAtMs;
      if (unusedMs >= KEEP_MS) {
        this.#remove(module);
        this.#events.onDrop([{ modid: module.modid, cmdid: module.cmdid }]);
      } else if (
        unusedMs < IN_USE_MS &&
        nowMs - module.confirmedAtMs >= this.#times.updateTimeoutMs &&
        this.#isPullDue(module, nowMs)
      ) {
        this.#pull(module, nowMs);
      }
      yield;
    }
    for (const unresolved of this.#unresolved.values()) {
      const { absentUntilMs, usedAtMs } = unresolved;
      if (absentUntilMs !== undefined ? nowMs >= absentUntilMs : nowMs - usedAtMs >= IN_USE_MS) {
        this.#unresolved.remove(unresolved, undefined);
      } else if (absentUntilMs === undefined && this.#isPullDue(unresolved, nowMs)) {
        this.#pull(unresolved, nowMs);
      }
      yield;
    }
    this.#inheritedUntilMs ??= nowMs + KEEP_MS;
    if (nowMs < this.#inheritedUntilMs) return;
    this.#inheritedUntilMs = Infinity;
    if (this.#verdicts !== undefined) yield* this.#verdicts.forgetInherited();
  }

  /** Has every status that was ever sent be sent again: the last one may have been lost with the connection. */
  *markAllDirty(): Steps {
    for (const module of this.#modules.values()) {
      if (module.wasSent) this.dirty.addReported(module);
      yield;
    }
  }

  #noteTransition(module: Module, transitionsBefore: number): void {
    if (module.balancer.transitions === transitionsBefore) return;
    this.dirty.addChanged(module);
    this.#events.onTransition(module.balancer.transitions - transitionsBefore);
  }

  /** Before anybody can pick from it, a new module knows what the table before knew of it. */
  #restore(module: Module, nowMs: number): void {
    const verdicts = this.#verdicts?.take(module) ?? [];
    if (verdicts.length === 0) return;
    this.#events.onRestore(module.balancer.restore(verdicts, nowMs));
  }

  #add({ modid, cmdid }: ModuleName, nowMs: number): Module {
    const module: Module = {
      modid,
      cmdid,
      balancer: new Balancer(this.#settings, {
        keeper: this.#verdicts?.keeperOf({ modid, cmdid }),
      }),
      usedAtMs: nowMs,
      confirmedAtMs: nowMs,
      wasSent: false,
      isGone: false,
    };
    this.#modules.set(modid, cmdid, module);
    return module;
  }

  /** Dns says that the module does not exist (any more). */
  #setAbsent(name: ModuleName, nowMs: number): void {
    const module = this.#modules.get(name.modid, name.cmdid);
    if (module !== undefined) this.#remove(module);
    const known = this.#unresolved.get(name);
    if (known === undefined && module === undefined) return; // forgotten meanwhile
    const unresolved = known ?? this.#unresolved.add(name, nowMs);
    this.#unresolved.setAbsent(unresolved, nowMs + this.#times.negativeTtlMs);
  }

  #remove(module: Module): void {
    if (module.balancer.overloaded.size > 0) module.balancer.update([], -Infinity); // drops their verdicts
    this.#modules.delete(module.modid, module.cmdid);
    this.dirty.remove(module);
  }

  #isPullDue({ pulledAtMs }: { pulledAtMs?: number }, nowMs: number): boolean {
    return pulledAtMs === undefined || nowMs - pulledAtMs >= this.#times.updateTimeoutMs;
  }

  /** Asks dns. Before there is anybody to ask, nothing is asked: {@link join} makes up for it. */
  #pull(entry: Module | Unresolved, nowMs: number): void {
    entry.pulledAtMs = nowMs;
    if (this.#isJoined) this.#events.onPull([{ modid: entry.modid, cmdid: entry.cmdid }]);
  }
}

/** The rate and the burst of names that do not exist. */
function unknownRateOf(
  { unknownNamesPerSec }: ModuleTableTimes,
): [ratePerSec: number, burst: number] {
  return [unknownNamesPerSec, unknownNamesPerSec * UNKNOWN_BURST_SEC];
}
