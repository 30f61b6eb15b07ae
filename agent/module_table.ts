/**
 * The modules of one shard: their balancers, when to ask dns about them, when to report on them, and the names that have
 * no route. Pure: the time is an argument, and what is to be told to others is handed to {@link ModuleTableEvents}.
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

import { ModuleMap, type ModuleName, type Route } from "../proto/mod.ts";
import { Balancer, type BalancerSettings, type CallOutcome, type Choice } from "./balancer/mod.ts";

/** When the table does what. */
export interface ModuleTableTimes {
  /** How long the first callers of a module wait for its route, ms. */
  firstPullWaitMs: number;
  /** After how long without word from dns a module in use is asked for again, ms. */
  updateTimeoutMs: number;
  /** How long a name is taken not to exist after dns said so, ms. */
  negativeTtlMs: number;
}

/** What the table wants done. */
export interface ModuleTableEvents {
  /** Dns is to be asked for these modules. */
  onPull(modules: ModuleName[]): void;
  /** These modules are no longer kept. */
  onDrop(modules: ModuleName[]): void;
  /** A host of this module turned overloaded or idle. */
  onTransition(module: Module): void;
  /** So many times a host was not overloaded since too many of its module were. */
  onSpare(times: number): void;
}

/** A module not picked from, asked for or reported on for so long is not in use. */
const IN_USE_MS = 60_000;

/** A module unused for so long is dropped. */
const KEEP_MS = 3_600_000;

/** Names without a route that are remembered; past it the oldest is forgotten. */
const MAX_UNRESOLVED = 10_000;

/** Callers that wait for a route at a time; past it they are told at once that there is none. */
const MAX_WAITING = 10_000;

/** Modules whose status is told at a time: more would keep a shard from its callers for long. */
const NEWS_AT_ONCE = 10_000;

/** A module with a route. */
export interface Module extends ModuleName {
  /** Picks its hosts. */
  readonly balancer: Balancer;
  /** When it was last picked from, asked for, or reported on. */
  usedAtMs: number;
  /** When dns last said what its route is. */
  confirmedAtMs: number;
  /** When dns was last asked and has not answered. */
  pulledAtMs?: number;
  /** Whether its status was ever told. */
  wasTold: boolean;
}

/**
 * Why a module has no route: nobody has asked for it, or not for so long that it is forgotten; dns has not answered; dns
 * says that it has no hosts.
 */
export type Absence = "unasked" | "unanswered" | "nonexistent";

/** Takes the module that was waited for, or undefined where there is none. */
type Waiter = (module: Module | undefined) => void;

/** A name without a route: dns has not answered yet, or has said that there is none. */
interface Unresolved extends ModuleName {
  usedAtMs: number;
  /** When dns was last asked; while it has not answered. */
  pulledAtMs?: number;
  /** Until when it is taken not to exist; once dns has answered. */
  absentUntilMs?: number;
  waiters: Waiter[];
  /** Until when callers wait; Infinity while there is nobody to ask. */
  waitUntilMs: number;
}

/** The modules of one shard. */
export class ModuleTable {
  #settings: BalancerSettings;
  #times: ModuleTableTimes;
  readonly #events: ModuleTableEvents;
  readonly #modules = new ModuleMap<Module>();
  /** In the order in which they were last pulled, so those whose callers wait stand in the order of their deadlines. */
  readonly #unresolved = new Map<string, Unresolved>();
  /** The modules that had reports since their status was last told, the first of them first. */
  readonly #news = new Set<Module>();
  #isJoined = false;
  #waiting = 0;
  #forgotten = 0;

  /** Makes an empty table. */
  constructor(settings: BalancerSettings, times: ModuleTableTimes, events: ModuleTableEvents) {
    this.#settings = settings;
    this.#times = times;
    this.#events = events;
  }

  /** Goes on with other settings. Callers that wait already wait as long as they were to. */
  reload(settings: BalancerSettings, times: ModuleTableTimes): void {
    this.#settings = settings;
    this.#times = times;
    for (const { balancer } of this.#modules.values()) balancer.reload(settings);
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
    return this.#forgotten;
  }

  /** Every module that has a route. */
  modules(): Iterable<Module> {
    return this.#modules.values();
  }

  /** The module, or why it has no route; looking is no use of it. */
  peek({ modid, cmdid }: ModuleName): Module | Absence {
    const module = this.#modules.get(modid, cmdid);
    if (module !== undefined) return module;
    const unresolved = this.#unresolved.get(keyOf({ modid, cmdid }));
    if (unresolved === undefined) return "unasked";
    return unresolved.absentUntilMs === undefined ? "unanswered" : "nonexistent";
  }

  /** The module, now in use, if its route is at hand. */
  find({ modid, cmdid }: ModuleName, nowMs: number): Module | undefined {
    const module = this.#modules.get(modid, cmdid);
    if (module !== undefined) module.usedAtMs = nowMs;
    return module;
  }

  /**
   * Waits for the route of a module that {@link find} did not have: asks dns if that is not under way, and calls `waiter`
   * with the module, or with undefined when there is none or no answer in time. That may be before this returns.
   */
  awaitRoute(name: ModuleName, nowMs: number, waiter: Waiter): void {
    const unresolved = this.#unresolved.get(keyOf(name)) ?? this.#remember(name, nowMs);
    unresolved.usedAtMs = nowMs;
    const isAbsent = unresolved.absentUntilMs !== undefined && nowMs < unresolved.absentUntilMs;
    if (!isAbsent && this.#isPullDue(unresolved, nowMs)) this.#pullUnresolved(unresolved, nowMs);
    if (isAbsent || nowMs >= unresolved.waitUntilMs || this.#waiting >= MAX_WAITING) {
      waiter(undefined);
      return;
    }
    unresolved.waiters.push(waiter);
    this.#waiting++;
  }

  /** When the first of the waiting callers has waited long enough; undefined when none waits. */
  get nextDeadlineMs(): number | undefined {
    if (this.#waiting === 0) return undefined;
    for (const { waiters, waitUntilMs } of this.#unresolved.values()) {
      if (waiters.length > 0) return waitUntilMs === Infinity ? undefined : waitUntilMs;
    }
    return undefined;
  }

  /** Answers the callers that have waited long enough. */
  expireWaiters(nowMs: number): void {
    if (this.#waiting === 0) return;
    for (const unresolved of this.#unresolved.values()) {
      if (unresolved.waiters.length === 0) continue;
      if (nowMs < unresolved.waitUntilMs) return;
      this.#answer(unresolved, undefined);
    }
  }

  /** Picks a host of a module. */
  pick(module: Module, nowMs: number): Choice {
    const { transitions } = module.balancer;
    const choice = module.balancer.choose(nowMs);
    this.#tellTransition(module, transitions);
    return choice;
  }

  /** Takes the outcome of calls to a host of a module; says whether the route holds that host. */
  report(module: Module, outcome: CallOutcome, nowMs: number): boolean {
    const { transitions, spared } = module.balancer;
    const isHeld = module.balancer.report(outcome, nowMs);
    if (isHeld) this.#news.add(module);
    if (module.balancer.spared > spared) this.#events.onSpare(module.balancer.spared - spared);
    this.#tellTransition(module, transitions);
    return isHeld;
  }

  /** Takes what dns said of a module's route, asked or not. */
  update({ modid, cmdid, hosts }: Route, nowMs: number): void {
    if (hosts.length === 0) {
      this.#setAbsent({ modid, cmdid }, nowMs);
      return;
    }
    const module = this.#modules.get(modid, cmdid) ?? this.#add({ modid, cmdid }, nowMs);
    module.confirmedAtMs = nowMs;
    module.pulledAtMs = undefined;
    module.balancer.update(hosts, nowMs);
    const unresolved = this.#unresolved.get(keyOf(module));
    if (unresolved === undefined) return;
    this.#unresolved.delete(keyOf(module));
    this.#answer(unresolved, module);
  }

  /**
   * Asks the dns client that this table was linked to at `linkedAtMs` for what is in use and that it has not told of
   * since, and it has told all it knew: either that client is new, and nobody has asked dns on its connection, or this
   * table is, and whoever it could not ask for waits until now.
   */
  join(linkedAtMs: number, nowMs: number): void {
    this.#isJoined = true;
    for (const unresolved of this.#unresolved.values()) {
      if (unresolved.waitUntilMs === Infinity) {
        unresolved.waitUntilMs = nowMs + this.#times.firstPullWaitMs;
      }
    }
    this.#pullInUse(linkedAtMs, nowMs);
  }

  /** Asks dns anew for everything in use: it knows nothing of us on a new connection. */
  reconnected(nowMs: number): void {
    this.#pullInUse(nowMs, nowMs);
  }

  #pullInUse(unlessConfirmedSinceMs: number, nowMs: number): void {
    const pulls: ModuleName[] = [];
    for (const module of this.#modules.values()) {
      const isInUse = nowMs - module.usedAtMs < IN_USE_MS;
      if (isInUse && module.confirmedAtMs < unlessConfirmedSinceMs) pulls.push(pull(module, nowMs));
    }
    for (const unresolved of this.#unresolved.values()) {
      if (unresolved.absentUntilMs === undefined) pulls.push(pull(unresolved, nowMs));
    }
    this.#pull(pulls);
  }

  /** Does what is due with time: to be called about once a second. */
  refresh(nowMs: number): void {
    const pulls: ModuleName[] = [];
    const drops: ModuleName[] = [];
    for (const module of this.#modules.values()) {
      const unusedMs = nowMs - module.usedAtMs;
      if (unusedMs >= KEEP_MS) {
        this.#remove(module);
        drops.push({ modid: module.modid, cmdid: module.cmdid });
      } else if (
        unusedMs < IN_USE_MS &&
        nowMs - module.confirmedAtMs >= this.#times.updateTimeoutMs &&
        this.#isPullDue(module, nowMs)
      ) {
        pulls.push(pull(module, nowMs));
      }
    }
    for (const [key, unresolved] of this.#unresolved) {
      const { absentUntilMs, usedAtMs } = unresolved;
      if (absentUntilMs !== undefined ? nowMs >= absentUntilMs : nowMs - usedAtMs >= IN_USE_MS) {
        this.#unresolved.delete(key);
      } else if (absentUntilMs === undefined && this.#isPullDue(unresolved, nowMs)) {
        pulls.push(pull(unresolved, nowMs));
      }
    }
    this.#pull(pulls);
    if (drops.length > 0) this.#events.onDrop(drops);
  }

  /**
   * The modules that had reports since they were last taken here, or since their state was told at once; the rest of very
   * many at the next call.
   */
  takeNews(): Module[] {
    const modules: Module[] = [];
    for (const module of this.#news) {
      if (modules.length === NEWS_AT_ONCE) break;
      this.#news.delete(module);
      module.wasTold = true;
      modules.push(module);
    }
    return modules;
  }

  /** Makes news of every status that was ever told: the last one may have been lost with whom it was told. */
  renewNews(): void {
    for (const module of this.#modules.values()) {
      if (module.wasTold) this.#news.add(module);
    }
  }

  /** A host that changed its state is told of at once, and is no news any more. */
  #tellTransition(module: Module, transitionsBefore: number): void {
    if (module.balancer.transitions === transitionsBefore) return;
    this.#news.delete(module);
    module.wasTold = true;
    this.#events.onTransition(module);
  }

  #add({ modid, cmdid }: ModuleName, nowMs: number): Module {
    const module: Module = {
      modid,
      cmdid,
      // What the policies that draw at random draw: no two agents alike, lest they all go to the same host.
      balancer: new Balancer(this.#settings, { random: Math.random }),
      usedAtMs: nowMs,
      confirmedAtMs: nowMs,
      wasTold: false,
    };
    this.#modules.set(modid, cmdid, module);
    return module;
  }

  /** Dns says that the module does not exist (any more). */
  #setAbsent(name: ModuleName, nowMs: number): void {
    const module = this.#modules.get(name.modid, name.cmdid);
    if (module !== undefined) this.#remove(module);
    const known = this.#unresolved.get(keyOf(name));
    if (known === undefined && module === undefined) return; // forgotten meanwhile
    const unresolved = known ?? this.#remember(name, nowMs);
    unresolved.pulledAtMs = undefined;
    unresolved.absentUntilMs = nowMs + this.#times.negativeTtlMs;
    this.#answer(unresolved, undefined);
  }

  #remove(module: Module): void {
    this.#modules.delete(module.modid, module.cmdid);
    this.#news.delete(module);
  }

  #remember({ modid, cmdid }: ModuleName, nowMs: number): Unresolved {
    if (this.#unresolved.size >= MAX_UNRESOLVED) this.#forgetOldest();
    const unresolved = { modid, cmdid, usedAtMs: nowMs, waiters: [], waitUntilMs: nowMs };
    this.#unresolved.set(keyOf(unresolved), unresolved);
    return unresolved;
  }

  #forgetOldest(): void {
    for (const [key, oldest] of this.#unresolved) {
      this.#unresolved.delete(key);
      this.#answer(oldest, undefined);
      this.#forgotten++;
      return;
    }
  }

  #isPullDue({ pulledAtMs }: { pulledAtMs?: number }, nowMs: number): boolean {
    return pulledAtMs === undefined || nowMs - pulledAtMs >= this.#times.updateTimeoutMs;
  }

  /** Asks for a name that somebody waits for now. It goes to the end, where the latest deadline belongs. */
  #pullUnresolved(unresolved: Unresolved, nowMs: number): void {
    this.#answer(unresolved, undefined);
    unresolved.absentUntilMs = undefined;
    unresolved.waitUntilMs = this.#isJoined ? nowMs + this.#times.firstPullWaitMs : Infinity;
    this.#unresolved.delete(keyOf(unresolved));
    this.#unresolved.set(keyOf(unresolved), unresolved);
    this.#pull([pull(unresolved, nowMs)]);
  }

  /** Before there is anybody to ask, nothing is asked: {@link join} makes up for it. */
  #pull(names: ModuleName[]): void {
    if (this.#isJoined && names.length > 0) this.#events.onPull(names);
  }

  #answer(unresolved: Unresolved, module: Module | undefined): void {
    const waiters = unresolved.waiters;
    if (waiters.length === 0) return;
    unresolved.waiters = [];
    this.#waiting -= waiters.length;
    for (const waiter of waiters) waiter(module);
  }
}

function keyOf({ modid, cmdid }: ModuleName): string {
  return `${modid},${cmdid}`;
}

/** Notes that dns is asked now, and names what it is asked for. */
function pull(entry: Module | Unresolved, nowMs: number): ModuleName {
  entry.pulledAtMs = nowMs;
  return { modid: entry.modid, cmdid: entry.cmdid };
}
