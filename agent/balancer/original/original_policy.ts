/**
 * The policy `original`: the rules of the C++ Lars, step by step as its recorded runs have them.
 *
 * A host is **idle** (picked in turn) or **overloaded** (ejected: it gets no more than a **probe** now and then). Each has
 * virtual counts, from which its failure rate is judged, runs of equal outcomes, and a window of time after which its real
 * counts are judged and everything is counted anew. Two thresholds stand apart, `errRate` down and `succRate` up, so that a
 * host does not flap.
 *
 * O(1) for a pick or a report whatever the number of hosts.
 *
 * @module
 */

import type { Host } from "../../../proto/mod.ts";
import type { DecisionKind, DecisionLog, DecisionReason } from "../diagnostics/decision_log.ts";
import type { HostView, PoolView } from "../diagnostics/explanation.ts";
import type { CallResult, HostPolicy, PolicyOptions } from "../host_policy.ts";
import { HostState } from "../host/host_state.ts";
import { Queue } from "../host/queue.ts";
import type { Verdict, VerdictKeeper } from "../host/verdict.ts";
import type { BalancerSettings } from "../settings.ts";

/** What a host is judged by besides its counts. */
interface Judged {
  readonly succeeded: boolean;
  readonly isWindowOver: boolean;
  readonly nowMs: number;
}

/** When a decision was made, and by which limit, if by one. */
interface Decided {
  readonly atMs: number;
  readonly threshold?: number;
}

/** The original's rules for the hosts of one module. */
export class OriginalPolicy implements HostPolicy {
  /** In the order of their turns. */
  readonly idle: Queue<HostState> = new Queue<HostState>();
  /** Likewise. */
  readonly overloaded: Queue<HostState> = new Queue<HostState>();
  /** See {@link HostPolicy}. */
  transitions = 0;
  /** The original suppresses none. */
  readonly suppressed = 0;
  #settings: BalancerSettings;
  readonly #log: DecisionLog;
  readonly #keeper?: VerdictKeeper;
  /** Picks since the last probe, counted while there is a host to probe. */
  #access = 0;

  /** No host yet. */
  constructor({ settings, log, keeper }: PolicyOptions) {
    this.#settings = settings;
    this.#log = log;
    this.#keeper = keeper;
  }

  /** See {@link HostPolicy}. */
  reload(settings: BalancerSettings): void {
    this.#settings = settings;
  }

  /** See {@link HostPolicy}: at the tail of the idle queue. */
  add(route: Host, nowMs: number): HostState {
    const host = new HostState(route);
    this.idle.push(host.place);
    host.beginIdle(this.#settings.initSuccCnt, nowMs);
    this.#note(host, "joined", "route", { atMs: nowMs });
    return host;
  }

  /** See {@link HostPolicy}. */
  remove(host: HostState, nowMs: number): void {
    this.#note(host, "left", "route", { atMs: nowMs });
    this.#queueOf(host).remove(host.place);
    if (host.overloaded) this.#keeper?.drop(host);
  }

  /** See {@link HostPolicy}: weights are not heeded. */
  updated(): void {
    // A route without hosts is no module: one that comes later begins like any other.
    if (this.idle.size + this.overloaded.size === 0) this.#access = 0;
  }

  /** See {@link HostPolicy}. */
  restore(host: HostState, verdict: Verdict, nowMs: number): boolean {
    if (host.overloaded) return false;
    this.#note(host, "overloaded", "restored", { atMs: nowMs });
    this.idle.remove(host.place);
    this.overloaded.push(host.place);
    host.restoreOverloaded(verdict);
    this.#keeper?.keep(host);
    this.transitions++;
    return true;
  }

  /** See {@link HostPolicy}. */
  pick(nowMs: number): HostState | undefined {
    if (this.overloaded.size === 0) return this.idle.take();
    if (this.#access < this.#settings.probeNum) {
      this.#access++;
      return this.idle.take();
    }
    this.#access = 0;
    const host = this.overloaded.take() as HostState;
    this.#note(host, "probed", "probe_num", { atMs: nowMs });
    host.triedAtMs = nowMs;
    this.#keeper?.keep(host);
    return host;
  }

  /** See {@link HostPolicy}. */
  onResult(host: HostState, { succeeded, count, nowMs, isAtOnce }: CallResult): number {
    const { idleTimeoutMs, overloadTimeoutMs } = this.#settings;
    const windowMs = host.overloaded ? overloadTimeoutMs : idleTimeoutMs;
    const isWindowOver = nowMs - host.sinceMs >= windowMs;
    // Successes of an idle host and failures of an ejected one change nothing but counts.
    const mayTurn = isWindowOver || host.overloaded === succeeded;
    const counted = mayTurn && !isAtOnce ? 1 : count;
    host.count(counted, succeeded);
    const judge = host.overloaded ? this.#judgeOverloaded : this.#judgeIdle;
    judge.call(this, host, { succeeded, isWindowOver, nowMs });
    if (host.overloaded) this.#keeper?.keep(host);
    return counted;
  }

  /** See {@link HostPolicy}. */
  describe(): PoolView {
    return { access: this.#access };
  }

  /** See {@link HostPolicy}: all that stand before a host have their turns first. */
  describeHost(host: HostState, { place }: { place: number }): HostView {
    const { probeNum } = this.#settings;
    return host.overloaded ? { picksToProbe: place * (probeNum + 1) } : {};
  }

  #judgeIdle(host: HostState, { succeeded, isWindowOver, nowMs }: Judged): void {
    const { errRate, continErrLimit, windowErrRate, initSuccCnt } = this.#settings;
    if (!succeeded && host.failureRate > errRate) {
      return this.#eject(host, "err_rate", { atMs: nowMs, threshold: errRate });
    }
    if (!succeeded && host.runErr >= continErrLimit) {
      return this.#eject(host, "contin_err_limit", { atMs: nowMs, threshold: continErrLimit });
    }
    if (!isWindowOver) return;
    // The report that ends the window counts in it, so it has a call at least.
    if (host.rerr / (host.rsucc + host.rerr) >= windowErrRate) {
      return this.#eject(host, "window_err_rate", { atMs: nowMs, threshold: windowErrRate });
    }
    host.beginIdle(initSuccCnt, nowMs);
  }

  #judgeOverloaded(host: HostState, { succeeded, isWindowOver, nowMs }: Judged): void {
    const { succRate, continSuccLimit, overloadTimeoutMs } = this.#settings;
    if (succeeded && host.vsucc / (host.vsucc + host.verr) > succRate) {
      return this.#readmit(host, "succ_rate", { atMs: nowMs, threshold: succRate });
    }
    if (succeeded && host.runSucc >= continSuccLimit) {
      return this.#readmit(host, "contin_succ_limit", {
        atMs: nowMs,
        threshold: continSuccLimit,
      });
    }
    if (!isWindowOver) return;
    this.#readmit(host, "overload_timeout", { atMs: nowMs, threshold: overloadTimeoutMs });
  }

  #eject(host: HostState, reason: DecisionReason, when: Decided): void {
    this.#note(host, "overloaded", reason, when);
    this.idle.remove(host.place);
    this.overloaded.push(host.place);
    host.beginOverloaded(this.#settings.initErrCnt, when.atMs);
    this.transitions++;
  }

  #readmit(host: HostState, reason: DecisionReason, when: Decided): void {
    this.#note(host, "idle", reason, when);
    this.overloaded.remove(host.place);
    this.idle.push(host.place);
    host.beginIdle(this.#settings.initSuccCnt, when.atMs);
    this.#keeper?.drop(host);
    this.transitions++;
  }

  #queueOf(host: HostState): Queue<HostState> {
    return host.overloaded ? this.overloaded : this.idle;
  }

  #note(
    host: HostState,
    kind: DecisionKind,
    reason: DecisionReason,
    when: Decided,
  ): void {
    this.#log.note(host, { kind, reason, threshold: when.threshold, atMs: when.atMs });
  }
}
