/**
 * Which hosts a picker may pick: the ejector keeps those that fail out of its picks, and tries them again. It goes around
 * any picker, as an outlier detector does around a child policy.
 *
 * A host is **idle** (with the picker) or **overloaded** (ejected: it gets no more than a **probe** now and then). Each has
 * virtual counts, from which its failure rate is judged, runs of equal outcomes, and a window of time after which its real
 * counts are judged and everything is counted anew.
 *
 * Guarantees: a host is in exactly one of the two queues. O(1) for a pick or a report while no host is ejected, O(log hosts)
 * otherwise.
 *
 * What goes beyond the rules of the C++ Lars stands in units of its own: when hosts are probed and return
 * (probe_schedule.ts, overload_ages.ts), and limits for when most hosts are ejected (overload_limits.ts).
 *
 * @module
 */

import type { DecisionLog, DecisionReason } from "../diagnostics/decision_log.ts";
import type { HostState } from "../host/host_state.ts";
import { Queue } from "../host/queue.ts";
import type { Verdict, VerdictKeeper } from "../host/verdict.ts";
import type { CallResult, Picker } from "../pickers/picker.ts";
import { QueuePicker } from "../pickers/queue_picker.ts";
import type { BalancerSettings } from "../settings.ts";
import { OverloadAges } from "./overload_ages.ts";
import { EvenPicks, type HostCounts, isPanic, isTooMany, mayOverload } from "./overload_limits.ts";
import { type ProbeRules, ProbeSchedule } from "./probe_schedule.ts";

/** What an ejector is made of. */
export interface EjectorOptions {
  /** The rules in force. */
  readonly settings: BalancerSettings;
  /** Called with each decision. */
  readonly log: DecisionLog;
  /** Keeps what is known of ejected hosts. */
  readonly keeper?: VerdictKeeper;
}

/** The hosts of a module, those that are picked and those that are ejected. Times never go back. */
export class Ejector {
  /** The hosts that are picked, least recently picked first. */
  readonly idle = new Queue<HostState>();
  /** The hosts that only probes go to, the least recently tried first. */
  readonly overloaded = new Queue<HostState>();
  /** Picks since the last probe, counted while there is a host to probe. */
  access = 0;
  /** How often a host was ejected or taken back. */
  transitions = 0;
  /** How often an ejection was suppressed since too many hosts were ejected: once in each window of a host. */
  suppressed = 0;
  #settings: BalancerSettings;
  #picker: Picker = new QueuePicker(this.idle);
  readonly #log: DecisionLog;
  readonly #keeper?: VerdictKeeper;
  readonly #ages = new OverloadAges();
  readonly #probes = new ProbeSchedule(this.overloaded);
  readonly #evenPicks = new EvenPicks();
  #nowMs = 0;

  /** No host yet. */
  constructor({ settings, log, keeper }: EjectorOptions) {
    this.#settings = settings;
    this.#log = log;
    this.#keeper = keeper;
  }

  /** What picks among the hosts that are not ejected. */
  get picker(): Picker {
    return this.#picker;
  }

  /** Gives the idle hosts to another picker. */
  setPicker(picker: Picker, nowMs: number): void {
    this.#picker = picker;
    for (const host of this.idle) picker.add(host, nowMs);
  }

  /** Goes on with other settings. */
  reload(settings: BalancerSettings, nowMs: number): void {
    this.#settings = settings;
    // What was to become of ejected hosts hung on the settings before.
    this.#probes.forgetUnproven();
    this.#ages.arrange(this.overloaded);
    this.ease(nowMs);
  }

  /** Takes a host of the route, not ejected. */
  add(host: HostState, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#joinIdle(host);
    this.#note(host, "joined", "route");
  }

  /** Forgets a host that the route does not hold any more. */
  remove(host: HostState, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#note(host, "left", "route");
    if (host.overloaded) this.#leaveOverloaded(host);
    else this.#leaveIdle(host);
    // A route without hosts is no module: one that comes later begins like any other.
    if (this.idle.size + this.overloaded.size === 0) this.access = 0;
  }

  /**
   * Has a host be overloaded as it was in an ejector whose place this one takes, until {@link reload} arranges all of them.
   *
   * @returns Whether it was not overloaded already.
   */
  restore(host: HostState, verdict: Verdict, nowMs: number): boolean {
    if (host.overloaded) return false;
    this.#nowMs = nowMs;
    this.#note(host, "overloaded", "restored");
    this.#moveToOverloaded(host);
    // A clock that was set back between two threads must not make it wait for longer.
    host.restoreOverloaded({ ...verdict, sinceMs: Math.min(verdict.sinceMs, nowMs) });
    host.agedFromMs = Math.min(verdict.agedFromMs, nowMs);
    const triedMs = Math.min(verdict.triedMs, nowMs);
    this.#probes.restore(host, { ...verdict, triedMs }, this.#probeRules());
    this.#keep(host);
    this.transitions++;
    return true;
  }

  /** Takes hosts back where too many are ejected, as when others have left: the least recently tried first. */
  ease(nowMs: number): void {
    this.#nowMs = nowMs;
    const { maxOverloadedPercent } = this.#settings;
    while (isTooMany(this.#counts(), maxOverloadedPercent)) {
      this.#turnIdle(this.overloaded.head!, "max_overloaded_percent", maxOverloadedPercent);
    }
  }

  /** The host for the next call; undefined where all are ejected and no probe is due. There must be a host. */
  pick(nowMs: number): HostState | undefined {
    this.#nowMs = nowMs;
    const host = this.overloaded.size === 0 ? this.#takeIdle() : this.#takeBesideOverloaded();
    if (host === undefined) this.#probes.refused();
    else this.#picker.onPick(host, nowMs);
    return host;
  }

  /**
   * Learns how calls to a host went.
   *
   * @param isAtOnce Whether all of them are to be counted before the host is judged.
   * @returns Of how many it has learnt: of one, where any may change what becomes of the host, else of all.
   */
  onResult(
    host: HostState,
    { succeeded, costMs, count }: CallResult,
    { nowMs, isAtOnce }: { nowMs: number; isAtOnce: boolean },
  ): number {
    this.#nowMs = nowMs;
    const { timecostUnitMs, idleTimeoutMs, overloadTimeoutMs, returnProven } = this.#settings;
    const elapsedMs = nowMs - host.sinceMs;
    const isWindowOver = elapsedMs >= (host.overloaded ? overloadTimeoutMs : idleTimeoutMs);
    const endsWindow = isWindowOver && (!host.overloaded || succeeded || !returnProven);
    // Successes of an idle host, and failures of an ejected one or one that is to be, change nothing but counts.
    const mayTurn = host.overloaded === succeeded && !this.#staysSuppressed(host);
    const counted = !isAtOnce && (endsWindow || mayTurn) ? 1 : count;
    this.#picker.onResult(host, { succeeded, costMs, count: counted }, nowMs);
    if (succeeded) host.countSuccesses(counted);
    else host.countFailures(counted, weightOf(costMs, timecostUnitMs));
    if (!host.overloaded) {
      this.#judgeIdle(host, { succeeded, isWindowOver });
      return counted;
    }
    this.#judgeOverloaded(host, { succeeded, isWindowOver });
    if (host.overloaded) this.#keep(host);
    return counted;
  }

  /** Whether picks go over all hosts since too many are ejected. */
  get isPanic(): boolean {
    return isPanic(this.#counts(), this.#settings.panicPercent);
  }

  /** How many picks an ejected host waits for its next probe; `place` is its place in the queue. */
  picksToProbe(host: HostState, { place, nowMs }: { place: number; nowMs: number }): number {
    const rules = this.#probeRules();
    // Where nothing but the queue decides, all that stand before a host are picked first.
    if (rules.factor === 1) return place * rules.basePicks;
    return this.#probes.picksLeft(host, nowMs, rules);
  }

  #takeIdle(): HostState | undefined {
    if (this.idle.size === 0) return undefined;
    const host = this.#picker.pick(this.#nowMs);
    this.idle.moveToTail(host.place);
    return host;
  }

  /** The next pick while a host is ejected: a probe, when it is time for one. */
  #takeBesideOverloaded(): HostState | undefined {
    this.#endOverloads();
    if (this.overloaded.size === 0) return this.#takeIdle();
    if (this.isPanic) return this.#takeOfAll();
    return this.#takeProbe() ?? this.#takeIdle();
  }

  #takeProbe(): HostState | undefined {
    const rules = this.#probeRules();
    this.#probes.countPick(this.#nowMs);
    const isTurn = this.access >= this.#settings.probeNum;
    if (!isTurn) this.access++;
    const reason = isTurn ? "probe_num" : this.#reasonToProbe(rules);
    if (reason === undefined) return undefined;
    const host = this.#probes.next(this.#nowMs, rules);
    if (host === undefined) return undefined;
    this.access = 0;
    this.#note(host, "probed", reason);
    const wasUnproven = this.#probes.probed(host, this.#nowMs, rules);
    if (wasUnproven) this.#ages.join(host, this.#nowMs);
    this.#keep(host);
    return host;
  }

  /** Why a probe is made before it is due by the count of picks. */
  #reasonToProbe(rules: ProbeRules): DecisionReason | undefined {
    // A pick that would be refused does more good as the probe that is due anyway.
    if (this.idle.size === 0 && this.#probes.hasUnproven) return "overload_timeout";
    return this.#probes.isOverdue(this.#nowMs, rules) ? "overdue" : undefined;
  }

  #probeRules(): ProbeRules {
    const { probeNum, probeBackoff, overloadTimeoutMs } = this.#settings;
    return { basePicks: probeNum + 1, factor: probeBackoff, overdueMs: overloadTimeoutMs };
  }

  #takeOfAll(): HostState | undefined {
    const isOverloadedNext = this.#evenPicks.isOverloadedNext(this.#counts());
    return isOverloadedNext ? this.overloaded.take() : this.#takeIdle();
  }

  /** Takes the hosts back that have been ejected for long enough, or has them prove themselves next. */
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
    host.suppressedBefore = isOut;
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

  /** Ejects a host; says whether it does, as too many may be. */
  #turnOverloaded(host: HostState, reason: DecisionReason, threshold: number): boolean {
    if (!mayOverload(this.#counts(), this.#settings.maxOverloadedPercent)) {
      this.#suppress(host);
      return false;
    }
    this.#note(host, "overloaded", reason, threshold);
    this.#moveToOverloaded(host);
    this.#ages.join(host, this.#nowMs);
    this.#probes.join(host, this.#nowMs);
    host.beginOverloaded(this.#settings.initErrCnt, this.#nowMs);
    this.#keep(host);
    this.transitions++;
    return true;
  }

  #moveToOverloaded(host: HostState): void {
    this.#leaveIdle(host);
    this.overloaded.push(host.place);
  }

  #keep(host: HostState): void {
    this.#keeper?.keep(host, this.#probes.waitOf(host));
  }

  #staysSuppressed(host: HostState): boolean {
    return host.suppressed && !mayOverload(this.#counts(), this.#settings.maxOverloadedPercent);
  }

  #suppress(host: HostState): void {
    if (host.suppressed) return;
    host.suppressed = true;
    this.suppressed++;
    const { maxOverloadedPercent } = this.#settings;
    this.#note(host, "spared", "max_overloaded_percent", maxOverloadedPercent);
  }

  #turnIdle(host: HostState, reason: DecisionReason, threshold: number): void {
    this.#note(host, "idle", reason, threshold);
    this.#leaveOverloaded(host);
    this.#joinIdle(host);
    this.transitions++;
  }

  #leaveOverloaded(host: HostState): void {
    this.overloaded.remove(host.place);
    this.#ages.leave(host);
    this.#probes.leave(host);
    this.#keeper?.drop(host);
  }

  #joinIdle(host: HostState): void {
    this.idle.push(host.place);
    host.beginIdle(this.#settings.initSuccCnt, this.#nowMs);
    host.idleFromMs = this.#nowMs;
    this.#picker.add(host, this.#nowMs);
  }

  #leaveIdle(host: HostState): void {
    this.idle.remove(host.place);
    this.#picker.remove(host);
  }

  #counts(): HostCounts {
    return {
      hosts: this.idle.size + this.overloaded.size,
      overloaded: this.overloaded.size,
    };
  }

  #note(
    host: HostState,
    kind: "joined" | "left" | "overloaded" | "idle" | "spared" | "probed",
    reason: DecisionReason,
    threshold?: number,
  ): void {
    this.#log.note(host, { kind, reason, threshold, atMs: this.#nowMs });
  }
}

/** What a failure counts for that is not the first in a row: the longer a call took, the more. */
function weightOf(costMs: number, unitMs: number): number {
  return unitMs > 0 ? Math.max(1, Math.floor(costMs / unitMs)) : 1;
}
