/**
 * The decision the whole system exists for: which host of a module a call goes to, and which it is kept from.
 *
 * A host is **idle** (picked in turn) or **overloaded** (kept out of the picks, but for a **probe** now and then). Reports
 * of how calls went move it between the two: each host has virtual counts, from which its failure rate is judged, runs
 * of equal outcomes, and a window of time after which its real counts are judged and everything is counted anew.
 *
 * Guarantees: a host is in exactly one of the two queues. Picks within a queue go round. A pick or a report costs O(1)
 * whatever the number of hosts, and makes no object; where hosts are overloaded or have weights, O(log hosts). Same calls,
 * same answers: there is no clock, I/O, or randomness in here.
 *
 * Limits: it learns only from reports. What no caller reports on, it cannot see. All hosts overloaded means that most
 * picks are refused, until overloadTimeoutMs is over for one of them: the next pick is a probe of that one.
 *
 * What goes beyond the rules of the C++ Lars stands in units of its own: when hosts are probed and return
 * (probe_schedule.ts, overload_ages.ts), other orders of picks (weighted_turns.ts, p2c_turns.ts), limits for when most hosts
 * are overloaded (overload_limits.ts), and what people are told (decision_log.ts, pick_shares.ts).
 *
 * @module
 */

import type { Host, HostAddress, RetCode } from "../../proto/mod.ts";
import { DecisionLog, type DecisionReason } from "./diagnostics/decision_log.ts";
import type { Explanation, HostExplanation } from "./diagnostics/explanation.ts";
import { Queue } from "./host/queue.ts";
import { HostState } from "./host/host_state.ts";
import { HostTable, isPort } from "./host/host_table.ts";
import { OverloadAges } from "./ejection/overload_ages.ts";
import {
  EvenPicks,
  type HostCounts,
  isPanic,
  isTooMany,
  mayOverload,
} from "./ejection/overload_limits.ts";
import { P2cPicker } from "./pickers/p2c_picker.ts";
import { PickShares } from "./diagnostics/pick_shares.ts";
import { type ProbeRules, ProbeSchedule } from "./ejection/probe_schedule.ts";
import { seededRandom } from "./pickers/seeded_random.ts";
import { type BalancerSettings, settingsInForce } from "./settings.ts";
import type { Picker, PickResult } from "./pickers/picker.ts";
import type { Verdict, VerdictKeeper } from "./host/verdict.ts";
import { WeightedPicker } from "./pickers/weighted_picker.ts";

/** How one call to a host went, or several in a row that went alike. */
export interface CallOutcome extends HostAddress {
  /** 0 for success, anything else for failure. */
  readonly retcode: number;
  /**
   * How long each call took, ms.
   *
   * @default 0 not measured
   */
  readonly costMs?: number;
  /**
   * How many calls: it means the same as so many reports of one call.
   *
   * @default 1
   */
  readonly count?: number;
}

/** What a balancer may be given beside its settings. */
export interface BalancerOptions {
  /**
   * Gives numbers 0 ≤ x < 1 to a policy that draws.
   *
   * @default always the same numbers
   */
  random?: () => number;
  /**
   * Keeps the verdicts for a balancer that takes the place of this one, which is given them by {@link Balancer.restore}.
   *
   * @default nobody
   */
  keeper?: VerdictKeeper;
}

/**
 * Outcomes that are alike count one by one while any of them may turn its host, which the limits of all sensible settings
 * end soon. So many at most, then the rest at once: no report may hold its thread up.
 */
const MAX_SINGLY = 1000;

/** No host, since all are overloaded and it is not a probe's turn. The code is the wire's. */
export const OVERLOAD: typeof RetCode.Overload = 1;

/** No host, since the module has none. The code is the wire's. */
export const NOEXIST: typeof RetCode.NoExist = 3;

/** The host to call, whose state stays the balancer's own and moves on, or why there is none. */
export type Choice = Readonly<HostState> | typeof OVERLOAD | typeof NOEXIST;

/** Hosts in the order of their queue, head first. */
export interface Hosts extends Iterable<Readonly<HostState>> {
  /** How many there are. */
  readonly size: number;
}

/**
 * The balancer of one module.
 *
 * Times are milliseconds of any one monotonic clock. One that goes back is taken to stand still.
 *
 * @example
 * ```ts
 * import { Balancer, DEFAULT_SETTINGS } from "./mod.ts";
 *
 * const balancer = new Balancer(DEFAULT_SETTINGS);
 * balancer.update([{ ip: 0x7f000001, port: 8080, weight: 100 }], performance.now());
 * const choice = balancer.choose(performance.now());
 * if (typeof choice === "object") {
 *   const { ip, port } = choice; // call it, and tell how that went
 *   balancer.report({ ip, port, retcode: 0 }, performance.now());
 * }
 * ```
 */
export class Balancer {
  #settings: BalancerSettings;
  readonly #random: () => number;
  readonly #keeper?: VerdictKeeper;
  readonly #hosts = new HostTable();
  readonly #idle = new Queue<HostState>();
  readonly #overloaded = new Queue<HostState>();
  readonly #ages = new OverloadAges();
  readonly #probes = new ProbeSchedule(this.#overloaded);
  readonly #evenPicks = new EvenPicks();
  /** Whose turn it is among the idle, where their queue does not say. */
  #picker: Picker | undefined = undefined;
  #turnsKind: PickerKind = "queue";
  /** Picks since the last probe, counted while there is a host to probe. */
  #access = 0;
  #transitions = 0;
  #spared = 0;
  #updates = 0;
  #hasWeights = false;
  #nowMs = -Infinity;
  readonly #shares = new PickShares();
  readonly #log = new DecisionLog();

  /** A module without hosts. */
  constructor(
    settings: BalancerSettings,
    { random = seededRandom(1), keeper }: BalancerOptions = {},
  ) {
    this.#settings = settingsInForce(settings);
    this.#random = random;
    this.#keeper = keeper;
  }

  /** Goes on with other settings: they count for the next decision. */
  reload(settings: BalancerSettings): void {
    this.#settings = settingsInForce(settings);
    this.#arrangePicker();
    this.#picker?.reload?.(this.#settings);
    // What was to become of them hung on the settings before.
    this.#probes.forgetUnproven();
    this.#ages.arrange(this.#overloaded);
    this.#easeOverloads();
  }

  /** The hosts that are picked in turn. */
  get idle(): Hosts {
    return this.#idle;
  }

  /** The hosts that only probes go to. */
  get overloaded(): Hosts {
    return this.#overloaded;
  }

  /**
   * How often a host of the module has turned overloaded or idle, by a report or by a pick. Whoever tells others of the
   * hosts' states remembers the count it told of, and has news when the two differ.
   */
  get transitions(): number {
    return this.#transitions;
  }

  /** How often a host was not overloaded since too many were: at most once in each of its windows. */
  get spared(): number {
    return this.#spared;
  }

  /**
   * Takes a new route. New hosts join the tail of the idle queue, in order. Hosts that the route no longer holds are
   * forgotten wholly: one that comes back is new. Hosts in both keep their state and place, and take the new weight.
   *
   * Of several equal addresses the first counts. One whose port is not in 0 … 65535 is left out.
   */
  update(hosts: readonly Host[], nowMs: number): void {
    this.#advance(nowMs);
    this.#updates++;
    const reweighed: HostState[] = [];
    for (const host of hosts) {
      if (!isPort(host.port)) continue;
      const known = this.#hosts.get(host) ?? this.#add(host);
      if (known.seenInUpdate === this.#updates) continue;
      known.seenInUpdate = this.#updates;
      if (known.weight === host.weight) continue;
      known.weight = host.weight;
      reweighed.push(known);
    }
    this.#hosts.keep((host) => {
      const stays = host.seenInUpdate === this.#updates;
      if (!stays) this.#forget(host);
      return stays;
    });
    // A route without hosts is no module: one that comes later begins like any other.
    if (this.#hosts.size === 0) this.#access = 0;
    this.#hasWeights = haveWeights(this.#hosts);
    this.#arrangePicker();
    for (const host of reweighed) this.#picker?.reweigh?.(host, this.#nowMs);
    this.#easeOverloads();
    this.#shares.fit(this.#hosts.size);
  }

  /**
   * Has hosts of the route be overloaded as they were in a balancer whose place this one takes: since when, with the
   * counts they had, and waiting for their next probe for as long as they did after the last. Those of other hosts, and of
   * hosts that are overloaded here, are left.
   *
   * @returns How many it took.
   */
  restore(verdicts: readonly Verdict[], nowMs: number): number {
    this.#advance(nowMs);
    const transitions = this.#transitions;
    const leastRecentlyTriedFirst = verdicts.toSorted((a, b) => a.triedMs - b.triedMs);
    for (const verdict of leastRecentlyTriedFirst) this.#restoreHost(verdict);
    const restored = this.#transitions - transitions;
    this.#probes.forgetUnproven(); // they are past their time, which their ages tell as well
    this.#ages.arrange(this.#overloaded);
    this.#easeOverloads();
    return restored;
  }

  #restoreHost(verdict: Verdict): void {
    const host = this.#hosts.get(verdict);
    if (host === undefined || host.overloaded) return;
    this.#note(host, "overloaded", "restored");
    this.#moveToOverloaded(host);
    // A clock that was set back between two threads must not make it wait for longer.
    host.restoreOverloaded({ ...verdict, sinceMs: Math.min(verdict.sinceMs, this.#nowMs) });
    host.agedFromMs = Math.min(verdict.agedFromMs, this.#nowMs);
    const triedMs = Math.min(verdict.triedMs, this.#nowMs);
    this.#probes.restore(host, { ...verdict, triedMs }, this.#probeRules());
    this.#keep(host);
    this.#transitions++;
  }

  /** Picks the host for the next call. */
  choose(nowMs: number): Choice {
    this.#advance(nowMs);
    if (this.#hosts.size === 0) return NOEXIST;
    const host = this.#overloaded.size === 0 ? this.#takeIdle() : this.#takeBesideOverloaded();
    if (host === undefined) {
      this.#probes.refused();
      return OVERLOAD;
    }
    this.#picker?.picked?.(host, this.#nowMs);
    this.#shares.count(host);
    return host;
  }

  /**
   * Learns how a call went.
   *
   * @returns Whether the route holds the host: where it does not, the outcome is ignored.
   */
  report(outcome: CallOutcome, nowMs: number): boolean {
    this.#advance(nowMs);
    const host = this.#hosts.get(outcome);
    if (host === undefined) return false;
    const { costMs = 0, count = 1 } = outcome;
    const succeeded = outcome.retcode === 0;
    for (let left = count, steps = 0; left > 0; steps++) {
      const isAtOnce = steps === MAX_SINGLY;
      left -= this.#learn(host, { succeeded, costMs, count: left }, isAtOnce);
    }
    return true;
  }

  /** Every host with the numbers it is judged by, and the last decisions. */
  explain(nowMs: number): Explanation {
    this.#advance(nowMs);
    return {
      settings: { ...this.#settings },
      picks: this.#shares.picks,
      access: this.#access,
      panic: isPanic(this.#counts(), this.#settings.panicPercent),
      hosts: [
        ...Array.from(this.#idle, (host) => this.#explainHost(host)),
        ...Array.from(this.#overloaded, (host, place) => this.#explainHost(host, place)),
      ],
      decisions: this.#log.list(),
    };
  }

  /** Never back: the ages of the overloaded hosts are in order because time is. */
  #advance(nowMs: number): void {
    if (nowMs > this.#nowMs) this.#nowMs = nowMs;
  }

  #takeIdle(): HostState | undefined {
    if (this.#picker === undefined) return this.#idle.take();
    if (this.#idle.size === 0) return undefined;
    const host = this.#picker.next(this.#nowMs);
    this.#idle.moveToTail(host.place);
    return host;
  }

  /** The next pick while a host is overloaded: a probe, when it is time for one. */
  #takeBesideOverloaded(): HostState | undefined {
    this.#endOverloads();
    if (this.#overloaded.size === 0) return this.#takeIdle();
    if (isPanic(this.#counts(), this.#settings.panicPercent)) return this.#takeOfAll();
    return this.#takeProbe() ?? this.#takeIdle();
  }

  #takeProbe(): HostState | undefined {
    const rules = this.#probeRules();
    this.#probes.countPick(this.#nowMs);
    const isTurn = this.#access >= this.#settings.probeNum;
    if (!isTurn) this.#access++;
    const reason = isTurn ? "probe_num" : this.#reasonToProbe(rules);
    if (reason === undefined) return undefined;
    const host = this.#probes.next(this.#nowMs, rules);
    if (host === undefined) return undefined;
    this.#access = 0;
    this.#note(host, "probed", reason);
    const wasUnproven = this.#probes.probed(host, this.#nowMs, rules);
    if (wasUnproven) this.#ages.join(host, this.#nowMs);
    this.#keep(host);
    return host;
  }

  /** Why a probe is made though its turn has not come by the count of picks. */
  #reasonToProbe(rules: ProbeRules): DecisionReason | undefined {
    // A pick that would be refused does more good as the probe that is due anyway.
    if (this.#idle.size === 0 && this.#probes.hasUnproven) return "overload_timeout";
    return this.#probes.isOverdue(this.#nowMs, rules) ? "overdue" : undefined;
  }

  #probeRules(): ProbeRules {
    const { probeNum, probeBackoff, overloadTimeoutMs } = this.#settings;
    return { basePicks: probeNum + 1, factor: probeBackoff, overdueMs: overloadTimeoutMs };
  }

  #takeOfAll(): HostState | undefined {
    const isOverloadedNext = this.#evenPicks.isOverloadedNext(this.#counts());
    return isOverloadedNext ? this.#overloaded.take() : this.#takeIdle();
  }

  /** Ends the overload of the hosts that have been overloaded for long enough, or has them prove themselves next. */
  #endOverloads(): void {
    const { recoverUnreported, returnProven, overloadTimeoutMs } = this.#settings;
    if (!recoverUnreported && !returnProven) return;
    if (!this.#ages.hasDue(this.#nowMs, overloadTimeoutMs)) return;
    for (const host of this.#ages.takeDue(this.#nowMs, overloadTimeoutMs)) {
      const hasFailedLast = host.runErr > 0;
      // One that is left out here, on which nobody has reported yet, is heard of again when somebody does.
      if (returnProven && hasFailedLast) this.#probes.probeNext(host);
      else if (recoverUnreported) this.#turnIdle(host, "overload_timeout", overloadTimeoutMs);
    }
  }

  /** Learns from up to `count` equal outcomes, and returns from how many: those that can be counted at once, or all. */
  #learn(
    host: HostState,
    { succeeded, costMs, count }: PickResult,
    isAtOnce: boolean,
  ): number {
    const { timecostUnitMs, idleTimeoutMs, overloadTimeoutMs, returnProven } = this.#settings;
    const elapsedMs = this.#nowMs - host.sinceMs;
    const isWindowOver = elapsedMs >= (host.overloaded ? overloadTimeoutMs : idleTimeoutMs);
    const endsWindow = isWindowOver && (!host.overloaded || succeeded || !returnProven);
    // Successes of an idle host, and failures of an overloaded one or one that stays spared, change nothing but counts.
    const mayTurn = host.overloaded === succeeded && !this.#staysSpared(host);
    const counted = !isAtOnce && (endsWindow || mayTurn) ? 1 : count;
    this.#picker?.learn?.(host, { succeeded, costMs, count: counted }, this.#nowMs);
    if (succeeded) host.countSuccesses(counted);
    else host.countFailures(counted, costOf(costMs, timecostUnitMs));
    if (!host.overloaded) {
      this.#judgeIdle(host, { succeeded, isWindowOver });
      return counted;
    }
    this.#judgeOverloaded(host, { succeeded, isWindowOver });
    if (host.overloaded) this.#keep(host);
    return counted;
  }

  #judgeIdle(
    host: HostState,
    { succeeded, isWindowOver }: { succeeded: boolean; isWindowOver: boolean },
  ): void {
    const { errRate, continErrLimit } = this.#settings;
    if (!succeeded) {
      // The count that a failure adds to is never 0.
      const rate = host.verr / (host.vsucc + host.verr);
      if (rate > errRate && this.#turnOverloaded(host, "err_rate", errRate)) return;
      const isRun = host.runErr >= continErrLimit;
      if (isRun && this.#turnOverloaded(host, "contin_err_limit", continErrLimit)) return;
    }
    if (isWindowOver) this.#endWindow(host);
  }

  /** Judges an idle host's window. The report that ends it counts in it, so it has a call at least. */
  #endWindow(host: HostState): void {
    const { windowErrRate, badWindows, initSuccCnt } = this.#settings;
    const isBad = host.rerr / (host.rsucc + host.rerr) >= windowErrRate;
    host.badWindows = isBad ? host.badWindows + 1 : 0;
    const isOut = isBad && host.badWindows >= badWindows;
    if (isOut && this.#turnOverloaded(host, "window_err_rate", windowErrRate)) return;
    host.beginIdle(initSuccCnt, this.#nowMs);
    host.sparedBefore = isOut;
  }

  #judgeOverloaded(
    host: HostState,
    { succeeded, isWindowOver }: { succeeded: boolean; isWindowOver: boolean },
  ): void {
    const { succRate, continSuccLimit, overloadTimeoutMs, returnProven } = this.#settings;
    if (succeeded) {
      this.#probes.succeeded(host);
      const rate = host.vsucc / (host.vsucc + host.verr);
      if (rate > succRate) return this.#turnIdle(host, "succ_rate", succRate);
      if (host.runSucc >= continSuccLimit) {
        return this.#turnIdle(host, "contin_succ_limit", continSuccLimit);
      }
    }
    if (!isWindowOver) return;
    if (succeeded || !returnProven) this.#turnIdle(host, "overload_timeout", overloadTimeoutMs);
    else if (host.agePlace.queue === undefined) this.#probes.probeNext(host);
  }

  /** Keeps a host out of the picks from now on; says whether it does, as too many may be. */
  #turnOverloaded(host: HostState, reason: DecisionReason, threshold: number): boolean {
    if (!mayOverload(this.#counts(), this.#settings.maxOverloadedPercent)) {
      this.#spare(host);
      return false;
    }
    this.#note(host, "overloaded", reason, threshold);
    this.#moveToOverloaded(host);
    this.#ages.join(host, this.#nowMs);
    this.#probes.join(host, this.#nowMs);
    host.beginOverloaded(this.#settings.initErrCnt, this.#nowMs);
    this.#keep(host);
    this.#transitions++;
    return true;
  }

  #moveToOverloaded(host: HostState): void {
    this.#idle.remove(host.place);
    this.#picker?.leave(host);
    this.#overloaded.push(host.place);
  }

  #keep(host: HostState): void {
    this.#keeper?.keep(host, this.#probes.waitOf(host));
  }

  /** Has hosts turn idle where too many are overloaded, as when others have left: the least recently tried first. */
  #easeOverloads(): void {
    const { maxOverloadedPercent } = this.#settings;
    while (isTooMany(this.#counts(), maxOverloadedPercent)) {
      this.#turnIdle(this.#overloaded.head!, "max_overloaded_percent", maxOverloadedPercent);
    }
  }

  #staysSpared(host: HostState): boolean {
    return host.spared && !mayOverload(this.#counts(), this.#settings.maxOverloadedPercent);
  }

  #spare(host: HostState): void {
    if (host.spared) return;
    host.spared = true;
    this.#spared++;
    const { maxOverloadedPercent } = this.#settings;
    this.#note(host, "spared", "max_overloaded_percent", maxOverloadedPercent);
  }

  #turnIdle(host: HostState, reason: DecisionReason, threshold: number): void {
    this.#note(host, "idle", reason, threshold);
    this.#leaveOverloaded(host);
    this.#joinIdle(host);
    this.#transitions++;
  }

  #leaveOverloaded(host: HostState): void {
    this.#overloaded.remove(host.place);
    this.#ages.leave(host);
    this.#probes.leave(host);
    this.#keeper?.drop(host);
  }

  #joinIdle(host: HostState): void {
    this.#idle.push(host.place);
    host.beginIdle(this.#settings.initSuccCnt, this.#nowMs);
    host.idleFromMs = this.#nowMs;
    this.#picker?.join(host, this.#nowMs);
  }

  #add(host: Host): HostState {
    const added = new HostState(host);
    this.#hosts.add(added);
    this.#joinIdle(added);
    this.#note(added, "joined", "route");
    return added;
  }

  #forget(host: HostState): void {
    this.#note(host, "left", "route");
    if (host.overloaded) return this.#leaveOverloaded(host);
    this.#idle.remove(host.place);
    this.#picker?.leave(host);
  }

  /** Has the idle hosts picked in the order that the settings and the weights ask for. */
  #arrangePicker(): void {
    const { policy, slowStartMs } = this.#settings;
    const isWeighted = policy === "lars" && (this.#hasWeights || slowStartMs > 0);
    const kind = policy === "p2c" ? "p2c" : isWeighted ? "weighted" : "queue";
    if (kind === this.#turnsKind) return;
    this.#turnsKind = kind;
    this.#picker = this.#newPicker(kind);
    for (const host of this.#idle) this.#picker?.join(host as HostState, this.#nowMs);
  }

  #newPicker(kind: PickerKind): Picker | undefined {
    if (kind === "p2c") return new P2cPicker(this.#settings, this.#random);
    return kind === "weighted" ? new WeightedPicker(this.#settings) : undefined;
  }

  #counts(): HostCounts {
    return { hosts: this.#hosts.size, overloaded: this.#overloaded.size };
  }

  #note(
    host: HostState,
    kind: "joined" | "left" | "overloaded" | "idle" | "spared" | "probed",
    reason: DecisionReason,
    threshold?: number,
  ): void {
    this.#log.note(host, { kind, reason, threshold, atMs: this.#nowMs });
  }

  /** Where nothing but the queue decides, all that stand before a host have their turns first. */
  #picksToProbe(host: HostState, place: number): number {
    const rules = this.#probeRules();
    return rules.factor === 1
      ? place * rules.basePicks
      : this.#probes.picksLeft(host, this.#nowMs, rules);
  }

  #explainHost(host: Readonly<HostState>, place = 0): HostExplanation {
    const { ip, port, weight, overloaded, badWindows } = host;
    const spared = host.spared || host.sparedBefore;
    const { vsucc, verr, rsucc, rerr, runSucc, runErr } = host;
    const { picks } = this.#shares;
    const state = host as HostState;
    return {
      ...{ ip, port, weight, state: overloaded ? "overloaded" : "idle" },
      sinceMs: this.#nowMs - host.sinceMs,
      ...{ vsucc, verr, rsucc, rerr, runSucc, runErr, badWindows, spared },
      failureRate: vsucc + verr === 0 ? 0 : verr / (vsucc + verr),
      share: picks === 0 ? 0 : this.#shares.picksOf(host) / picks,
      picksToProbe: overloaded ? this.#picksToProbe(state, place) : undefined,
      load: this.#picker?.loadOf?.(state, this.#nowMs),
    };
  }
}

type PickerKind = "queue" | "weighted" | "p2c";

/** What a failure counts for that is not the first in a row: the longer a call took, the more. */
function costOf(costMs: number, unitMs: number): number {
  return unitMs > 0 ? Math.max(1, Math.floor(costMs / unitMs)) : 1;
}

function haveWeights(hosts: Iterable<HostState>): boolean {
  let first: number | undefined;
  for (const { weight } of hosts) {
    if (weight !== (first ??= weight)) return true;
  }
  return false;
}
